// The live connection: says at once when it is gone, and comes back by itself.

import type { LaneView, Sample } from "./types";

export interface LinkState {
  up: boolean;
  /** Why it is down: not yet connected, closed by the other side, or silent. */
  cause: "first" | "closed" | "silent";
  since: number;
}

interface Listener {
  link(state: LinkState): void;
  view(view: LaneView): void;
  sample(sample: Sample): void;
}

type Message =
  | { type: "hello"; page: string }
  | { type: "view"; view: LaneView }
  | { type: "beat" }
  | ({ type: "sample" } & Sample);

const SILENT_AFTER_MS = 2_500;
const RETRY_MS = 600;

export class Link {
  private socket: WebSocket | null = null;
  private heard = Date.now();
  private page: string | null = null;
  private state: LinkState = { up: false, cause: "first", since: Date.now() };

  constructor(private readonly listener: Listener) {
    setInterval(() => this.watch(), 250);
    this.connect();
  }

  private connect(): void {
    const socket = new WebSocket(`ws://${location.host}/api/live`);
    this.socket = socket;
    this.heard = Date.now();
    socket.onmessage = (event) => {
      if (socket === this.socket) this.hear(JSON.parse(String(event.data)) as Message);
    };
    socket.onclose = () => this.lose(socket, "closed");
  }

  private hear(message: Message): void {
    this.heard = Date.now();
    if (message.type === "hello") this.greet(message.page);
    else if (message.type === "sample") this.listener.sample(message);
    else if (message.type === "view") {
      this.listener.view(message.view);
      this.tell({ up: true, cause: this.state.cause, since: Date.now() });
    }
  }

  /** A daemon of another version shows another page: take it. */
  private greet(page: string): void {
    if (this.page !== null && this.page !== page) location.reload();
    this.page = page;
  }

  private watch(): void {
    if (this.socket !== null && Date.now() - this.heard > SILENT_AFTER_MS) this.lose(this.socket, "silent");
  }

  private lose(socket: WebSocket, cause: "closed" | "silent"): void {
    if (socket !== this.socket) return;
    this.socket = null;
    socket.close();
    if (this.state.up) this.tell({ up: false, cause, since: Date.now() });
    else if (this.state.cause !== "first") this.tell({ ...this.state, cause });
    setTimeout(() => this.connect(), RETRY_MS);
  }

  private tell(state: LinkState): void {
    if (state.up && this.state.up) return;
    this.state = state;
    this.listener.link(state);
  }
}
