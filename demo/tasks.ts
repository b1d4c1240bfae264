import { html, nothing, render } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Collection, SyncEngine } from '../src/sync/index.js';

export type Task = { id: string; title: string; done: boolean };

/** A list of tasks, live from the engine: this tab's writes, other tabs' and other devices'. */
export function showTasks(
  place: HTMLElement,
  sync: Pick<SyncEngine, 'ready' | 'status'>,
  tasks: Collection<Task>,
): void {
  const rows = tasks.query({ orderBy: 'id' });
  let problem = '';

  /** A write that this device could not keep is told, and the text stays in the field. */
  const write = async (action: Promise<unknown>): Promise<boolean> => {
    problem = await action.then(
      () => '',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    draw();
    return problem === '';
  };

  const add = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const title = form.querySelector<HTMLInputElement>('[name=title]')!.value.trim();
    if (title && (await write(tasks.create({ title, done: false })))) form.reset();
  };

  const row = ({ id, title, done }: Task) =>
    html`<li>
      <label>
        <input
          type="checkbox"
          .checked=${done}
          @change=${(event: Event) =>
            void write(tasks.update(id, { done: (event.target as HTMLInputElement).checked }))}
        />
        <span>${title}</span>
      </label>
      ${tasks.isPending(id) ? html`<span class="pill pending">pending</span>` : nothing}
      <button
        type="button"
        class="button delete"
        aria-label="Delete ${title}"
        @click=${() => void write(tasks.delete(id))}
      >
        Delete
      </button>
    </li>`;

  const draw = (): void => {
    const list = rows.get();
    const body =
      list.length > 0
        ? html`<ul role="list">
            ${repeat(list, ({ id }) => id, row)}
          </ul>`
        : html`<bl-empty-state
            size="s"
            heading-level="3"
            heading="No tasks"
            description="Add one. It is on this device at once, and on the server when it can be."
          ></bl-empty-state>`;
    render(
      html`<form @submit=${(event: SubmitEvent) => void add(event)}>
          <input
            type="text"
            name="title"
            required
            maxlength="200"
            autocomplete="off"
            aria-label="New task"
            placeholder="Water the plants"
          />
          <button class="button primary">Add task</button>
        </form>
        ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing} ${body}`,
      place,
    );
  };

  render(
    html`<bl-loading-skeleton shape="list" label="Loading tasks"></bl-loading-skeleton>`,
    place,
  );
  sync.ready.then(
    () => {
      rows.subscribe(draw);
      // A row's pending mark goes with the status, not with the row.
      sync.status.subscribe(draw);
    },
    (error: unknown) => {
      problem = error instanceof Error ? error.message : String(error);
      draw();
    },
  );
}
