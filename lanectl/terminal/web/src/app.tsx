// Which screen is shown. A lost connection and a running test come before everything else.

import { Accept } from "./screens/accept";
import { badCameras } from "./screens/cameras";
import { Devices } from "./screens/devices";
import { Dimmer } from "./screens/dimmer";
import { Notice, OperatorPicker } from "./screens/dialogs";
import { Offline } from "./screens/offline";
import { Queue } from "./screens/queue";
import { Refused } from "./screens/refused";
import { Result } from "./screens/result";
import { Running } from "./screens/running";
import { Strip } from "./screens/strip";
import { useStore, type State } from "./store";
import type { LaneView } from "./types";

export function App() {
  const state = useStore();
  const { link, view } = state;
  const connected = link.up && view !== null;
  return (
    <>
      {connected ? <Connected state={state} view={view} /> : <Offline link={link} inTest={state.lastRun !== null} />}
      <Dimmer awake={!connected || view.running !== null} />
    </>
  );
}

function Connected({ state, view }: { state: State; view: LaneView }) {
  return (
    <>
      <Strip state={state} view={view} />
      <Screen state={state} view={view} />
      {state.notice !== null && <Notice notice={state.notice} />}
      {state.picking && <OperatorPicker view={view} />}
    </>
  );
}

function Screen({ state, view }: { state: State; view: LaneView }) {
  if (view.running !== null) return <Running run={view.running} cameras={badCameras(view)} />;
  const { route } = state;
  switch (route.name) {
    case "accept":
      return <Accept draft={state.draft} view={view} />;
    case "devices":
      return <Devices view={view} />;
    case "result":
      return <Result result={view.results.find(({ test_id }) => test_id === route.testId) ?? null} />;
    case "refused":
      return <Refused refusal={route.refusal} ticket={route.ticket} />;
    case "queue":
      return <Queue state={state} view={view} />;
  }
}
