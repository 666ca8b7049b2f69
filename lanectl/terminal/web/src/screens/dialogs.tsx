// Cards above the screen: a message that something was not done, and the choice of the operator.

import { say, t } from "../lang";
import { chooseOperator, set, type Notice as NoticeText } from "../store";
import type { LaneView } from "../types";

export function Notice({ notice }: { notice: NoticeText }) {
  return (
    <div class="veil">
      <div class="dialog" role="alertdialog">
        <h2>{say(notice.message)}</h2>
        {notice.remedy !== null && <p>{say(notice.remedy)}</p>}
        <button class="button primary" onClick={() => set({ notice: null })}>
          {t("close")}
        </button>
      </div>
    </div>
  );
}

export function OperatorPicker({ view }: { view: LaneView }) {
  return (
    <div class="veil">
      <div class="dialog" role="dialog">
        <h2>{t("pick_operator")}</h2>
        {view.operators.length === 0 && <p>{t("no_operators")}</p>}
        <div class="choices scroll">
          {view.operators.map(([id, operator]) => (
            <button key={id} class="button" onClick={() => chooseOperator(id)}>
              {operator}
            </button>
          ))}
        </div>
        <button class="button quiet" onClick={() => set({ picking: false })}>
          {t("cancel")}
        </button>
      </div>
    </div>
  );
}
