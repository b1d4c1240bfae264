/** What may be done with an experiment, and the change that each makes to its row; pure. */
import type { Experiment } from '../../../experiments/model.js';
import type { Report } from '../report.js';

export type Action = 'start' | 'pause' | 'resume' | 'stop' | 'ship' | 'roll-back';

/** Those that fit its status, in the order of their buttons; without the verdict's own. */
export function actionsFor({ status }: Experiment): Action[] {
  switch (status) {
    case 'draft':
      return ['start'];
    case 'running':
      return ['pause', 'stop'];
    case 'paused':
      return ['resume', 'stop'];
    default:
      return [];
  }
}

/** What the verdict asks for, while nobody has decided. */
export function verdictAction({ experiment, analysis }: Report): Action | null {
  const open = !experiment.outcome && experiment.startedAt;
  if (!open || analysis.variant === null) return null;
  if (analysis.decision === 'ship') return 'ship';
  return analysis.decision === 'roll-back' ? 'roll-back' : null;
}

/** Whether it cannot be taken back by the opposite action, so that it is asked for twice. */
export function needsConfirmation(action: Action): boolean {
  return action !== 'pause' && action !== 'resume';
}

/** The members that the action changes. `variant` is the one to ship. */
export function patchFor(
  action: Action,
  experiment: Experiment,
  variant: string | null,
  now: number,
): Partial<Experiment> {
  const at = new Date(now).toISOString();
  const stopped: Partial<Experiment> =
    experiment.status === 'stopped' ? {} : { status: 'stopped', stoppedAt: at };
  switch (action) {
    case 'start':
      return { status: 'running', startedAt: at };
    case 'pause':
      return { status: 'paused' };
    case 'resume':
      return { status: 'running' };
    case 'stop':
      return stopped;
    case 'ship':
      return {
        ...stopped,
        outcome: { variant: variant ?? controlOf(experiment), decision: 'shipped', at },
      };
    case 'roll-back':
      return {
        ...stopped,
        outcome: { variant: controlOf(experiment), decision: 'rolled-back', at },
      };
  }
}

export function controlOf({ variants }: Experiment): string {
  return variants[0]?.key ?? '';
}
