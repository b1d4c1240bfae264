/** Asks once more before something that cannot be taken back; Escape is “cancel”. */
import { html, type TemplateResult } from 'lit';
import type { Experiment } from '../../../experiments/model.js';
import { controlOf, type Action } from './actions.js';
import type { Language } from '../language.js';
import { variantName } from '../report.js';

export interface Question {
  action: Action;
  variant: string | null;
}

/** A modal dialog; the caller opens it with `showModal` and reads its `returnValue` on `close`. */
export function confirmation(
  { action, variant }: Question,
  experiment: Experiment,
  language: Language,
  close: (confirmed: boolean) => void,
): TemplateResult {
  const { text } = language;
  const { title, why, verb } = words(action, variant, experiment, language);
  return html`<dialog
    aria-labelledby="question"
    @close=${(event: Event) => {
      close((event.currentTarget as HTMLDialogElement).returnValue === 'yes');
    }}
  >
    <form method="dialog">
      <h3 id="question"><bdi>${title}</bdi></h3>
      <p class="muted"><bdi>${why}</bdi></p>
      <div class="actions">
        <button class="button" value="no" autofocus>${text.detail.cancel}</button>
        <button class="button ${action === 'stop' ? 'danger' : 'primary'}" value="yes">
          ${verb}
        </button>
      </div>
    </form>
  </dialog>`;
}

function words(
  action: Action,
  variant: string | null,
  experiment: Experiment,
  { text, format }: Language,
): { title: string; why: string; verb: string } {
  const { detail } = text;
  switch (action) {
    case 'ship': {
      const name = variantName(experiment, variant ?? '');
      return {
        title: detail.confirmShip(name),
        why: detail.confirmShipWhy(name),
        verb: detail.ship(name),
      };
    }
    case 'roll-back': {
      const control = variantName(experiment, controlOf(experiment));
      return {
        title: detail.confirmRollBack,
        why: detail.confirmRollBackWhy(control),
        verb: detail.rollBack,
      };
    }
    case 'stop':
      return { title: detail.confirmStop, why: detail.confirmStopWhy, verb: detail.stop };
    default:
      return {
        title: detail.confirmStart,
        why: detail.confirmStartWhy(experiment.name, format.percent(experiment.coverage)),
        verb: detail.start,
      };
  }
}
