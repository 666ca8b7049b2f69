// Accepting a vehicle: fields on the left in two steps, the keypad of the field in hand on the right.

import { useEffect, useRef, useState } from "preact/hooks";

import { accept } from "../api";
import {
  allFields,
  EMPTY_DRAFT,
  fieldsOf,
  isGood,
  isRequired,
  missing,
  stepOf,
  STEPS,
  toForm,
  type Draft,
  type Field,
  type Step,
} from "../draft";
import { Icon } from "../icons";
import { name, t } from "../lang";
import { get, go, set } from "../store";
import type { LaneView } from "../types";
import { dateText } from "../vehicle";
import { hintFor } from "./hints";
import { choicesOf, Keypad, typed } from "./keypad";

export function Accept({ draft, view }: { draft: Draft; view: LaneView }) {
  const [field, edit] = useState<Field>("plate");
  const next = () => edit(after(field, get().draft));
  useScanner(field, next);
  return (
    <main class="accept">
      <div class="fields">
        {STEPS.map((step) => (
          <StepTab key={step} step={step} now={step === stepOf(field)} draft={draft} edit={edit} />
        ))}
        {fieldsOf(stepOf(field), draft).map((each) => (
          <Tile key={each} field={each} text={shown(each, draft, view)} active={each === field} draft={draft} edit={edit} />
        ))}
      </div>
      <section class="entry card">
        <Entry field={field} text={shown(field, draft, view)} draft={draft} />
        <Keypad key={field} field={field} draft={draft} view={view} next={next} />
      </section>
      <Submit draft={draft} next={next} />
    </main>
  );
}

function after(field: Field, draft: Draft): Field {
  const fields = allFields(draft);
  return fields[(fields.indexOf(field) + 1) % fields.length] ?? "plate";
}

/** Half of the form: how much of it is still wanted, and a tap to go there. */
function StepTab({ step, now, draft, edit }: { step: Step; now: boolean; draft: Draft; edit: (field: Field) => void }) {
  const fields = fieldsOf(step, draft);
  const lacking = missing(draft, fields);
  return (
    <button
      role="tab"
      class={`tab step step-${step}`}
      aria-selected={now}
      onClick={() => edit(lacking[0] ?? fields[0] ?? "plate")}
    >
      {name("step", step)} {lacking.length === 0 ? <Icon name="check" /> : <b>{lacking.length}</b>}
    </button>
  );
}

function shown(field: Field, draft: Draft, view: LaneView): string {
  const text = draft[field];
  if (field === "drive" && text !== "") return name("drive", text);
  if (field === "first_registered" || field === "built") return dateText(text);
  return choicesOf(field, view)?.find(([code]) => code === text)?.[1] ?? text;
}

interface TileProps {
  field: Field;
  text: string;
  active: boolean;
  draft: Draft;
  edit: (field: Field) => void;
}

function Tile({ field, text, active, draft, edit }: TileProps) {
  const bad = !active && draft[field] !== "" && !isGood(field, draft);
  return (
    <button class={`tile tile-${field} ${bad ? "bad" : ""}`} aria-pressed={active} onClick={() => edit(field)}>
      <small>
        {name("f", field)} {bad && <b>!</b>}
      </small>
      <span class={text === "" ? "tile-empty" : "tile-text"}>
        {text === "" ? t(isRequired(field, draft) ? "required" : "optional") : text}
      </span>
    </button>
  );
}

function Entry({ field, text, draft }: { field: Field; text: string; draft: Draft }) {
  return (
    <div class="entry-head">
      <p class="entry-name">{name("f", field)}</p>
      <output class={`entry-text entry-${field}`}>
        {text}
        <i class="caret" />
      </output>
      <p class="entry-hint">{hintFor(field, draft)}</p>
    </div>
  );
}

function Submit({ draft, next }: { draft: Draft; next: () => void }) {
  const [busy, setBusy] = useState(false);
  const lacking = missing(draft);
  const send = async () => {
    setBusy(true);
    const done = await accept(toForm(draft));
    setBusy(false);
    if (done.kind === "error") return set({ notice: { message: done.message, remedy: done.remedy } });
    const ticket = done.kind === "done" ? done.body : null;
    const refusal = done.kind === "refused" ? done.refusal : ticket?.refusal;
    set({ draft: EMPTY_DRAFT, route: refusal ? { name: "refused", refusal, ticket } : { name: "queue" } });
  };
  return (
    <footer class="actions">
      <button class="button quiet" onClick={() => (set({ draft: EMPTY_DRAFT }), go({ name: "queue" }))}>
        {t("cancel")}
      </button>
      <p class="lacking">{lacking.length === 0 ? t("complete") : t("incomplete", { fields: names(lacking) })}</p>
      <button class="button next" onClick={next}>
        {t("next_field")}
      </button>
      <button class="button primary" disabled={busy || lacking.length > 0} onClick={() => void send()}>
        <Icon name="plus" /> {t(busy ? "submitting" : "submit")}
      </button>
    </footer>
  );
}

function names(fields: Field[]): string {
  return fields.map((field) => name("f", field)).join(t("comma"));
}

/** A code scanner or a keyboard types into the field in hand; Enter goes to the next one. */
function useScanner(field: Field, next: () => void): void {
  const now = useRef({ field, next });
  now.current = { field, next };
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key !== "Enter" && event.key !== "Backspace" && [...event.key].length !== 1) return;
      event.preventDefault();
      if (event.key === "Enter") return now.current.next();
      const { draft } = get();
      const { field } = now.current;
      const text = event.key === "Backspace" ? draft[field].slice(0, -1) : typed(field, draft[field], event.key);
      set({ draft: { ...draft, [field]: text } });
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}
