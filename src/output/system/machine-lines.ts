import { hex, hex16, plus } from '../../base/address.ts';
import type { FirmwareRange } from '../../kernel/arch/types.ts';
import type { MachineSummary } from '../../kernel/system/machine.ts';
import { sizeText } from './system-lines.ts';

const LABEL = 22;

/** A machine's data as crash's mach prints it. */
export function machineLines(machine: MachineSummary): string[] {
  const line = (label: string, value: string): string => `${label.padStart(LABEL)}: ${value}`;
  const lines = [
    line('MACHINE TYPE', machine.type),
    line('MEMORY SIZE', machine.memory === undefined ? '(unknown)' : sizeText(machine.memory)),
    line('CPUS', machine.cpus + offline(machine.offlineCpus)),
  ];
  if (machine.hypervisor !== undefined) lines.push(line('HYPERVISOR', machine.hypervisor));
  lines.push(
    line('PROCESSOR SPEED', machine.mhz === undefined ? '(unknown)' : `${machine.mhz} Mhz`),
    line('HZ', machine.hz === undefined ? '(unknown)' : String(machine.hz)),
    line('PAGE SIZE', String(machine.pageSize)),
    line('KERNEL VIRTUAL BASE', hex(machine.directMap)),
    line('KERNEL VMALLOC BASE', hex(machine.vmalloc)),
  );
  // i386 has neither: its image is in the direct map, its modules are in vmalloc space.
  if (machine.vmemmap !== undefined)
    lines.push(
      line('KERNEL VMEMMAP BASE', hex(machine.vmemmap)),
      line('KERNEL START MAP', hex(machine.image)),
      line('KERNEL MODULES BASE', hex(machine.modules)),
    );
  lines.push(line('KERNEL STACK SIZE', String(machine.stackSize)));
  const irqSize = machine.stacks.find(({ irq }) => irq)?.irq?.size;
  if (irqSize !== undefined) {
    lines.push(line('IRQ STACK SIZE', String(irqSize)), line('IRQ STACKS', '').trimEnd());
    const address = machine.vmemmap === undefined ? hex : hex16;
    for (const { cpu, irq } of machine.stacks)
      lines.push(line(`CPU ${cpu}`, address(irq?.base ?? 0n)));
  }
  for (const [index, first] of (machine.stacks[0]?.exceptions ?? []).entries()) {
    if (!SHOWN.has(first.name)) continue;
    // crash names a stack by the handler that uses it; an unused one has no name and no size, and is shown by its top.
    const name = first.isUsed ? first.name : '(unknown)';
    lines.push(
      `${name.padStart(11)} STACK SIZE: ${first.isUsed ? first.size : 0}`,
      line(`${name} STACKS`, '').trimEnd(),
    );
    for (const { cpu, exceptions } of machine.stacks) {
      const stack = exceptions[index];
      if (!stack) break;
      const { base, size, isUsed, isMapped } = stack;
      const place = hex16(isUsed ? base : plus(base, size));
      lines.push(line(`CPU ${cpu}`, isUsed && !isMapped ? `${place} [unavailable]` : place));
    }
  }
  return lines;
}

/** crash knows five of them. */
const SHOWN = new Set(['DOUBLEFAULT', 'NMI', 'DEBUG', 'MCE', 'VC']);

/** The number of CPUs that were not online, as crash appends it. */
export const offline = (count: number): string => (count === 0 ? '' : ` [OFFLINE: ${count}]`);

/** enum e820_type. */
const RANGE_TYPES: Readonly<Record<number, string>> = {
  0: '(invalid type)',
  1: 'E820_RAM',
  2: 'E820_RESERVED',
  3: 'E820_ACPI',
  4: 'E820_NVS',
  5: 'E820_UNUSABLE',
  12: 'E820_PRAM',
  128: 'E820_RESERVED_KERN',
};

/** The firmware's memory map as crash's mach -m prints it. */
export const firmwareLines = (ranges: readonly FirmwareRange[]): string[] => [
  '      PHYSICAL ADDRESS RANGE         TYPE',
  ...ranges.map(
    ({ start, end, type }) =>
      `${hex16(start)} - ${hex16(end)}  ${RANGE_TYPES[type] ?? `type ${type}`}`,
  ),
];
