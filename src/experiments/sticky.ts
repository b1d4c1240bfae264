/**
 * What sticky experiments remember. Exposures stay on the device, as rows of the runtime, and their
 * ids follow from what was met by whom: they are the memory, and nothing else is stored.
 */
import type { ExposureEvent } from '../protocol/index.js';
import type { Collection } from '../sync/types.js';
import type { DecideOptions } from './decide.js';
import { exposureId } from './event-id.js';

type Exposures = Pick<Collection<Omit<ExposureEvent, 'type'>>, 'get'>;

/** For `decide`: the variant of which there is an exposure here. */
export function metHere(exposures: Exposures | undefined): NonNullable<DecideOptions['met']> {
  return ({ key: experiment, variants }, phase, unit) =>
    variants.find(({ key: variant }) =>
      exposures?.get(exposureId({ experiment, phase, unit, variant })),
    )?.key;
}
