// A sealed result: the outcome in word, sign and colour, what was judged, why, and what to do next.

import { Icon } from "../icons";
import { dateAndTime, judgedTexts, quantity, shortHash, sideOf } from "../format";
import { name, say, t } from "../lang";
import { go } from "../store";
import type { JudgementView, ResultView } from "../types";
import { OUTCOME_ICONS } from "./queue";

export function Result({ result }: { result: ResultView | null }) {
  return (
    <main class="result">
      {result === null ? <p class="empty">{t("no_result")}</p> : <Sealed result={result} />}
      <footer class="actions">
        <button class="button primary" onClick={() => go({ name: "queue" })}>
          <Icon name="back" /> {t("back_to_queue")}
        </button>
      </footer>
    </main>
  );
}

function Sealed({ result }: { result: ResultView }) {
  const outcome = name("out", result.outcome);
  const headline = say(result.headline);
  const says = headline.toLowerCase() === outcome.toLowerCase() ? "" : headline;
  return (
    <>
      <header class={`banner banner-${result.outcome}`}>
        <Icon name={OUTCOME_ICONS[result.outcome]} />
        <h1>{outcome}</h1>
        <div>
          <p>
            <b class="plate">{result.plate}</b> {name("method", result.method)}
          </p>
          {says !== "" && <p class="headline">{says}</p>}
        </div>
      </header>
      <div class="result-body">
        <Judgements judgements={result.judgements} />
        <section class="result-side scroll">
          {result.reasons.length > 0 && (
            <div class="card">
              <h2>{t("reasons")}</h2>
              <ul>
                {result.reasons.map((reason, index) => (
                  <li key={index}>{say(reason)}</li>
                ))}
              </ul>
            </div>
          )}
          <div class="card">
            <h2>{t("next_steps")}</h2>
            <p>{name("next", result.outcome)}</p>
          </div>
          <Evidence result={result} />
        </section>
      </div>
    </>
  );
}

function Judgements({ judgements }: { judgements: JudgementView[] }) {
  if (judgements.length === 0) return <section class="card judgements empty">{t("not_judged")}</section>;
  return (
    <section class="card judgements scroll">
      <table>
        <thead>
          <tr>
            <th>{t("quantity")}</th>
            <th class="figure">{t("value")}</th>
            <th class="figure">{t("limit")}</th>
            <th>{t("judged")}</th>
          </tr>
        </thead>
        <tbody>
          {judgements.map((each) => (
            <Row key={each.quantity} judgement={each} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ judgement }: { judgement: JudgementView }) {
  const { value, limit } = judgedTexts(judgement);
  return (
    <tr class={judgement.ok ? "" : "beyond"}>
      <td class="quantity">
        {quantity(judgement.quantity)} <small>{judgement.unit}</small>
      </td>
      <td class="figure">{value}</td>
      <td class="figure">{limit}</td>
      <td>
        <span class={`judged ${judgement.ok ? "state-ready" : "state-fault"}`}>
          <Icon name={judgement.ok ? "check" : "cross"} /> {t(sideOf(judgement))}
        </span>
      </td>
    </tr>
  );
}

function Evidence({ result }: { result: ResultView }) {
  const received = result.receipt === "received";
  return (
    <div class="card evidence">
      <p class={received ? "state-ready" : "state-warming"}>
        <Icon name={received ? "check" : "wait"} /> {t(received ? "receipt_received" : "receipt_waiting")}
      </p>
      <dl>
        <dt>{t("record")}</dt>
        <dd>
          {result.sequence} · <code>{shortHash(result.record_sha256)}</code>
        </dd>
        <dt>{t("ended")}</dt>
        <dd>{dateAndTime(result.ended_at)}</dd>
      </dl>
    </div>
  );
}
