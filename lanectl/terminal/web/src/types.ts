// The shapes of the local API, field by field as in lanectl/model/view.py (a test compares the names).

export type Outcome = "pass" | "fail" | "aborted" | "invalid";
export type Fuel = "petrol" | "diesel" | "cng" | "lpg" | "hybrid";

export interface TextView {
  zh: string;
  en: string;
}

export interface DeviceView {
  name: string;
  role: string;
  driver: string;
  state: "starting" | "ready" | "warming" | "busy" | "lost" | "fault";
  message: TextView;
  identity: string | null;
  age_ms: number | null;
  note: TextView | null;
}

export interface CameraView {
  id: string;
  name: string;
  required: boolean;
  state: "online" | "frozen" | "dark" | "covered" | "moved" | "offline";
  message: TextView;
  last_frame_at: string | null;
  clock_offset_s: number | null;
}

export interface RefusalView {
  code: string;
  codes: string[];
  message: TextView;
  details: TextView[];
}

export interface TicketView {
  ticket: string;
  plate: string;
  vin: string;
  fuel: string;
  method: string;
  status: "waiting" | "refused" | "testing" | "done";
  accepted_at: string;
  retest: boolean;
  refusal: RefusalView | null;
  outcome: Outcome | null;
}

export interface QuestionView {
  id: string;
  text: TextView;
  choices: [string, TextView][];
}

export interface PromptView {
  code: string;
  text: TextView;
  target_kmh: number | null;
  tolerance_kmh: number | null;
  target_rpm: number | null;
  tolerance_rpm: number | null;
  remaining_s: number | null;
}

export interface RunningView {
  ticket: string;
  test_id: string;
  plate: string;
  method: string;
  stage: "prepare" | "obd_check" | "measure" | "making_safe" | "sealing";
  phase: string;
  phase_text: TextView;
  prompt: PromptView;
  question: QuestionView | null;
  elapsed_s: number;
}

export interface JudgementView {
  quantity: string;
  value: number | null;
  limit: number | null;
  limit_min: number | null;
  unit: string;
  ok: boolean;
}

export interface ResultView {
  ticket: string;
  test_id: string;
  plate: string;
  vin: string;
  method: string;
  outcome: Outcome;
  headline: TextView;
  reasons: TextView[];
  judgements: JudgementView[];
  sequence: number;
  record_sha256: string;
  receipt: "waiting" | "received";
  ended_at: string;
}

export interface LockView {
  code: string;
  message: TextView;
  methods: string[]; // those that it stops; empty: all
}

export function stops(lock: LockView, method: string): boolean {
  return lock.methods.length === 0 || lock.methods.includes(method);
}

export interface UplinkView {
  connected: boolean;
  outbox: number;
  oldest_s: number | null;
}

export interface LaneView {
  seq: number;
  region: string;
  station: string;
  lane: string;
  name: string;
  mode: "official" | "training";
  clock: string;
  operators: [string, string][];
  devices: DeviceView[];
  cameras: CameraView[];
  uplink: UplinkView;
  locks: LockView[];
  queue: TicketView[];
  running: RunningView | null;
  results: ResultView[];
}

export interface AcceptForm {
  operator: string;
  plate: string;
  vin: string;
  fuel: Fuel;
  reference_mass_kg: number;
  gross_mass_kg: number | null;
  first_registered: string | null;
  built: string | null;
  closed_loop: boolean | null;
  rated_power_kw: number | null;
  rated_rpm: number | null;
  aspiration: "natural" | "turbo" | null;
  drive: "two_wheel" | "four_wheel_full_time" | null;
  permit: string | null;
}

/** The readings of one beat: trace names and `t_ms`. A missing or null value means: no reading. */
export interface Sample {
  t_ms: number;
  [channel: string]: number | string | null | undefined;
}
