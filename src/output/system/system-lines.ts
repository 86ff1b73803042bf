import type { SystemSummary } from '../../kernel/system/system.ts';
import { dateText, durationText } from '../text/dates.ts';
import { displayBytes, displayName } from '../text/escape.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** `511.5 MB`, `3 GB`: bytes as crash writes the size of memory. */
export function sizeText(bytes: number): string {
  if (bytes < MIB) return bytes === 0 ? '0' : `${Math.floor(bytes / 1024)} KB`;
  const [value, unit] = bytes >= GIB ? [bytes / GIB, 'GB'] : [bytes / MIB, 'MB'];
  return `${value.toFixed(1).replace(/\.0$/, '')} ${unit}`;
}

const MISSING = '(not available)';

/** The block at the start of crash's session, and of `sys`. */
export function systemLines(system: SystemSummary): string[] {
  const { utsname } = system;
  const name = (bytes: string | undefined): string =>
    bytes === undefined ? MISSING : displayBytes(bytes);
  const given = <T>(value: T | undefined, text: (value: T) => string): string =>
    value === undefined ? MISSING : text(value);
  const kernel = [
    name(system.kernel),
    ...flag(system.isLivepatched, 'LIVEPATCH'),
    ...flag(system.isTainted, 'TAINTED'),
  ];
  const offline = system.offlineCpus === 0 ? '' : ` [OFFLINE: ${system.offlineCpus}]`;
  const mhz = system.mhz === undefined ? 'unknown' : String(system.mhz);
  const hint = system.panic?.includes('Oops: ') ? ' (check log for details)' : '';
  return [
    `      KERNEL: ${kernel.join('  ')}`,
    ...dumpLines(system),
    `        CPUS: ${given(system.cpus, String)}${offline}`,
    `        DATE: ${given(system.date, dateText)}`,
    `      UPTIME: ${given(system.uptime, durationText)}`,
    `LOAD AVERAGE: ${given(system.loadAverages, (all) => all.map((one) => one.toFixed(2)).join(', '))}`,
    `       TASKS: ${given(system.tasks, String)}`,
    `    NODENAME: ${name(utsname?.nodename)}`,
    `     RELEASE: ${name(utsname?.release ?? system.kernel)}`,
    `     VERSION: ${name(utsname?.version)}`,
    `     MACHINE: ${name(utsname?.machine)}  (${mhz} Mhz)`,
    `      MEMORY: ${given(system.memory, sizeText)}`,
    `       PANIC: ${given(system.panic, (text) => `"${displayBytes(text)}"`)}${hint}`,
  ];
}

const flag = (isSet: boolean, name: string): string[] => (isSet ? [`[${name}]`] : []);

/** One line a file; faults of the set come after the last. */
function dumpLines({ dumpFiles, isPartial, isIncomplete }: SystemSummary): string[] {
  const notes = [...flag(isPartial, 'PARTIAL DUMP'), ...flag(isIncomplete, 'INCOMPLETE')];
  const label = dumpFiles.length > 1 ? '   DUMPFILES' : '    DUMPFILE';
  const lines = dumpFiles.map((path, index) =>
    index === 0 ? `${label}: ${displayName(path)}` : `${' '.repeat(14)}${displayName(path)}`,
  );
  const last = lines.length - 1;
  return lines.map((line, index) => (index === last ? [line, ...notes].join('  ') : line));
}
