/** What waits for a person: changes that the server refused, and conflicts that nobody decided. */
import { html, nothing, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import '../src/elements/empty-state/define.js';
import type { DeadLetter, ParkedConflict, SyncEngine } from '../src/sync/index.js';

export type ReviewSync = Pick<
  SyncEngine,
  'status' | 'failed' | 'conflicts' | 'reprocessFailed' | 'discard' | 'resolve'
>;

const CHANGES: Record<DeadLetter['operation'], string> = {
  create: 'New row',
  update: 'Change to',
  replace: 'Replacement of',
  delete: 'Deletion of',
};

/** Opens the dialog; it follows the engine while it is open, and gives the focus back at its end. */
export function openReview(sync: ReviewSync): void {
  const dialog = document.createElement('dialog');
  dialog.className = 'review';
  dialog.setAttribute('aria-labelledby', 'review-heading');
  let busy = false;
  let problem = '';
  // Within the dialog: while it is open, screen readers hear of nothing outside it.
  let outcome = '';

  const act = async (action: () => Promise<void>, done: string): Promise<void> => {
    if (busy) return;
    busy = true;
    problem = '';
    outcome = '';
    try {
      await action();
      outcome = done;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    busy = false;
    draw();
    // The button that was pressed went with its entry.
    if (!dialog.contains(document.activeElement)) heading()?.focus();
  };
  const heading = () => dialog.querySelector<HTMLElement>('#review-heading');

  const draw = (): void => {
    const letters = sync.failed();
    const conflicts = sync.conflicts();
    render(
      html`<div class="review-page">
        <h2 id="review-heading" tabindex="-1" autofocus>Waiting for you</h2>
        ${
          letters.length + conflicts.length === 0
            ? html`<bl-empty-state
                size="s"
                kind="done"
                heading-level="3"
                heading="All settled"
                description="Nothing waits for you. This device and the server agree, or soon will."
              ></bl-empty-state>`
            : nothing
        }
        ${letters.length === 0 ? nothing : refused(letters)}
        ${conflicts.length === 0 ? nothing : undecided(conflicts)}
        <p class="problem" role="alert" ?hidden=${!problem}>${problem}</p>
        <form method="dialog" class="review-actions">
          <p class="why" role="status"><span>${outcome}</span></p>
          <button class="button">Close</button>
        </form>
      </div>`,
      dialog,
    );
  };

  const refused = (letters: readonly DeadLetter[]): TemplateResult =>
    html`<p class="why">
        <span
          >The server refused these changes. Try them again when the reason is gone, or discard
          them: the row then goes back to what the server has.</span
        >
      </p>
      <ul role="list">
        ${repeat(
          letters,
          ({ id }) => id,
          (letter) =>
            html`<li>
              <h3>
                <span
                  >${CHANGES[letter.operation]} <bdi>${letter.key}</bdi>
                  <small>${letter.entity}</small></span
                >
              </h3>
              ${reason(letter)}${values(letter.data)}
              <div class="review-actions">
                <button
                  type="button"
                  class="button"
                  @click=${() =>
                    void act(() => sync.reprocessFailed(letter.id), 'The change is sent again.')}
                >
                  Try again
                </button>
                <button
                  type="button"
                  class="button danger"
                  @click=${() => void act(() => sync.discard(letter.id), 'The change is discarded.')}
                >
                  Discard
                </button>
              </div>
            </li>`,
        )}
      </ul>`;

  const undecided = (conflicts: readonly ParkedConflict[]): TemplateResult =>
    html`<p class="why">
        <span
          >Somebody else changed these rows while you did. Decide which version everybody
          gets.</span
        >
      </p>
      <ul role="list">
        ${repeat(
          conflicts,
          ({ id }) => id,
          ({ id, collection, key, local, remote }) =>
            html`<li>
              <h3>
                <span>Conflict over <bdi>${key}</bdi> <small>${collection}</small></span>
              </h3>
              ${versions(local, remote)}
              <div class="review-actions">
                <button
                  type="button"
                  class="button"
                  @click=${() => void act(() => sync.resolve(id, 'local'), 'Yours is kept.')}
                >
                  Keep mine
                </button>
                <button
                  type="button"
                  class="button"
                  @click=${() => void act(() => sync.resolve(id, 'remote'), 'Theirs is taken.')}
                >
                  Take theirs
                </button>
              </div>
            </li>`,
        )}
      </ul>`;

  draw();
  document.body.append(dialog);
  const stop = sync.status.subscribe(draw);
  dialog.addEventListener('close', () => {
    stop();
    dialog.remove();
    // “Review” goes when nothing is left to review, and the focus with it.
    if (document.activeElement === document.body) focusPage();
  });
  dialog.showModal();
}

/** The server's own words: each part that is at fault, else what it says of the whole. */
function reason({ problem: { title, detail, errors } }: DeadLetter): TemplateResult {
  const faults = errors?.map(
    (fault) =>
      html`<li>
        <span><code>${fault.pointer}</code> <bdi>${fault.detail ?? fault.code}</bdi></span>
      </li>`,
  );
  return html`<p class="reason">
      <span><strong>${title}.</strong> <bdi>${faults ? '' : detail}</bdi></span>
    </p>
    ${
      faults
        ? html`<ul role="list" class="faults">
            ${faults}
          </ul>`
        : nothing
    }`;
}

/** What the change would have written. */
function values(data: unknown): TemplateResult | typeof nothing {
  const members = Object.entries(data ?? {});
  if (members.length === 0) return nothing;
  return html`<dl tabindex="0" role="group" aria-label="What you wrote">
    ${members.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd><bdi>${written(value)}</bdi></dd>
        </div>`,
    )}
  </dl>`;
}

/** Both versions of what differs; a row that is gone differs as a whole. */
function versions(local: object | null, remote: object | null): TemplateResult {
  const mine = new Map<string, unknown>(Object.entries(local ?? {}));
  const theirs = new Map<string, unknown>(Object.entries(remote ?? {}));
  const names = [...new Set([...mine.keys(), ...theirs.keys()])].filter(
    (name) => written(mine.get(name)) !== written(theirs.get(name)),
  );
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Part</th>
        <th scope="col">${local ? 'Yours' : 'Yours: deleted'}</th>
        <th scope="col">${remote ? 'Theirs' : 'Theirs: deleted'}</th>
      </tr>
    </thead>
    <tbody>
      ${names.map(
        (name) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td><bdi>${written(mine.get(name))}</bdi></td>
            <td><bdi>${written(theirs.get(name))}</bdi></td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function written(value: unknown): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function focusPage(): void {
  const main = document.querySelector<HTMLElement>('main');
  main?.setAttribute('tabindex', '-1');
  main?.focus({ preventScroll: true });
}
