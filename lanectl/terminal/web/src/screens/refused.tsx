// Why a vehicle is not tested: the code, every reason, and what to do.

import { Icon } from "../icons";
import { say, t } from "../lang";
import { go } from "../store";
import type { RefusalView, TicketView } from "../types";
import { Remove } from "./queue";

export function Refused({ refusal, ticket }: { refusal: RefusalView; ticket: TicketView | null }) {
  return (
    <main class="refused">
      <header class="banner banner-refused">
        <Icon name="warning" />
        <div>
          <h1>{t(ticket?.retest === true ? "refused_retest" : "refused_title")}</h1>
          {ticket !== null && (
            <p>
              <b class="plate">{ticket.plate}</b> <span class="vin">{ticket.vin}</span>
            </p>
          )}
        </div>
        <code class="refusal-code">{refusal.code}</code>
      </header>
      <div class="refusal-body scroll">
        <section class="card">
          <h2>{t("what_to_do")}</h2>
          <p class="refusal-message">{say(refusal.message)}</p>
          {ticket !== null && <p>{t("accept_again")}</p>}
        </section>
        {(refusal.codes.length > 1 || refusal.details.length > 0) && <Reasons refusal={refusal} />}
      </div>
      <footer class="actions">
        <button class="button" onClick={() => go({ name: "queue" })}>
          <Icon name="back" /> {t("back_to_queue")}
        </button>
        {ticket?.status === "refused" && <Remove ticket={ticket} />}
      </footer>
    </main>
  );
}

/** Codes and details belong together one by one when there are as many of them. */
function Reasons({ refusal }: { refusal: RefusalView }) {
  const { codes, details } = refusal;
  const paired = codes.length === details.length;
  return (
    <section class="card">
      <h2>{t("all_reasons")}</h2>
      {!paired && (
        <p class="codes">
          {codes.map((code) => (
            <code key={code}>{code}</code>
          ))}
        </p>
      )}
      <ul class="reasons">
        {details.map((detail, index) => (
          <li key={index}>
            {paired && <code>{codes[index]}</code>}
            <span>{say(detail)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
