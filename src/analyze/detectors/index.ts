import { bug } from './bug.ts';
import type { Detector } from './detector.ts';
import { jump } from './jump.ts';
import { kernelAddress } from './kernel-address.ts';
import { lockup } from './lockup.ts';
import { machineCheck } from './machine-check.ts';
import { memory } from './memory.ts';
import { migration } from './migration.ts';
import { panicPath } from './panic-path.ts';
import { pointerFault } from './pointer-fault.ts';
import { stack } from './stack.ts';
import { trap } from './trap.ts';
import { waits } from './waits.ts';

/** All detectors, the cheap ones first. */
export const DETECTORS: readonly Detector[] = [
  panicPath,
  pointerFault,
  jump,
  stack,
  bug,
  trap,
  machineCheck,
  kernelAddress,
  lockup,
  migration,
  memory,
  waits,
];
