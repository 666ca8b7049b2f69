// A question of the running test. A tap that began before the question appeared does not count.

import { useEffect, useState } from "preact/hooks";

import { answer } from "../api";
import { say, t } from "../lang";
import { requireOperator, set } from "../store";
import type { QuestionView } from "../types";
import { Fitted } from "./running";

const ARMED_AFTER_MS = 600;

export function Question({ question }: { question: QuestionView }) {
  const [armed, arm] = useState(false);
  const [sent, setSent] = useState<string | null>(null);
  useEffect(() => {
    const arming = setTimeout(() => arm(true), ARMED_AFTER_MS);
    return () => clearTimeout(arming);
  }, []);
  const choose = async (choice: string) => {
    const operator = requireOperator();
    if (operator === null || sent !== null) return;
    setSent(choice);
    const done = await answer(question.id, choice, operator);
    if (done.kind === "done") return;
    setSent(null);
    set({ notice: { message: done.kind === "refused" ? done.refusal.message : done.message, remedy: null } });
  };
  return (
    <section class="question card">
      <Fitted text={say(question.text)} />
      <div class={`choices choices-${question.choices.length}`}>
        {question.choices.map(([code, label]) => (
          <button
            key={code}
            class={`button ${sent === code ? "primary" : ""}`}
            disabled={!armed || sent !== null}
            onClick={() => void choose(code)}
          >
            {say(label)}
          </button>
        ))}
      </div>
      <p class="question-note">{sent === null ? "" : t("answer_sent")}</p>
    </section>
  );
}
