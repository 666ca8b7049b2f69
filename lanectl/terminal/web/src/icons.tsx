// Signs that stand beside words and colours, so that no state is told by colour alone.

const PATHS = {
  check: "M4 13l5 5L20 6",
  cross: "M5 5l14 14M19 5L5 19",
  stop: "M8 3h8l5 5v8l-5 5H8l-5-5V8zM8.5 12h7",
  warning: "M12 3l10 18H2zM12 10v5M12 17.5v.5",
  lock: "M6 11h12v10H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  wait: "M12 3a9 9 0 1 0 .01 0M12 7v5l4 2",
  link: "M4 12a8 8 0 0 1 16 0M8 12a4 4 0 0 1 8 0M12 12v8",
  broken: "M4 12a8 8 0 0 1 13-6M12 16v4M4 20L20 4",
  busy: "M12 3v4M12 17v4M3 12h4M17 12h4M6 6l2.5 2.5M15.5 15.5L18 18M6 18l2.5-2.5M15.5 8.5L18 6",
  heat: "M12 3c4 5 5 7 5 11a5 5 0 0 1-10 0c0-2 1-3 2-5 1 2 2 2 3-6z",
  camera: "M3 7h12v10H3zM15 11l6-4v10l-6-4",
  plus: "M12 4v16M4 12h16",
  person: "M12 12a4 4 0 1 0-.01 0M4 21c1-5 4-6 8-6s7 1 8 6",
  pedal_down: "M12 2v13M5 9l7 7 7-7M4 21h16",
  pedal_up: "M12 19V6M5 12l7-7 7 7M4 22h16",
  back: "M20 12H5M11 6l-6 6 6 6",
  erase: "M21 5H9l-6 7 6 7h12zM12 9l6 6M18 9l-6 6",
  paper: "M6 3h9l4 4v14H6zM9 12h7M9 16h7M9 8h3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
