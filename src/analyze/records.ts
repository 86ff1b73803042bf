import type { Bits, VAddr } from '../base/address.ts';
import type { ClassName } from './classes.ts';
import type { Certainty } from './facts.ts';
import type { HardwareScore } from './hardware.ts';

/** What dump this is, and whether it is whole. */
export interface IdentityRecord {
  readonly kind: 'identity';
  readonly release: string | undefined;
  readonly machine: string | undefined;
  readonly nodename: string | undefined;
  /** Seconds since 1970; undefined where the dump does not have it. */
  readonly time: number | undefined;
  /** Seconds since the machine started. */
  readonly uptime: number | undefined;
  readonly cpus: number | undefined;
  readonly taints: string | undefined;
  /** The kernel's own last words; '' without a panic. */
  readonly message: string;
  /** What is missing from the dump, as sentences; empty for a whole one. */
  readonly health: readonly string[];
}

/** One function of the stack that is shown with the verdict. */
export interface StackRecord {
  /** The frame's number in `bt`; undefined for a function that left by a jump, or is not listed. */
  readonly frame: number | undefined;
  readonly function: string | undefined;
  readonly module: string | undefined;
  readonly address: VAddr;
  /** The subject of the verdict. */
  readonly isGuilty: boolean;
  /** An exception or interrupt entered the kernel here. */
  readonly isEntry: boolean;
  /** It left by a jump to what it called last, and is told by its caller's code. */
  readonly isTailCall: boolean;
  /** The way to it was guessed. */
  readonly isDoubtful: boolean;
}

/** What killed the machine. */
export interface VerdictRecord {
  readonly kind: 'verdict';
  readonly class: ClassName;
  readonly certainty: Certainty;
  /** `function` or `function@module`, a task's name, or a lock's symbol; undefined where there is nothing to name. */
  readonly subject: string | undefined;
  /** One sentence. */
  readonly summary: string;
  readonly task:
    | { readonly pid: number; readonly comm: string; readonly address: VAddr }
    | undefined;
  readonly cpu: number | undefined;
  /** The instruction that failed, as `dis` shows it. */
  readonly instruction: string | undefined;
  readonly stack: readonly StackRecord[];
  /** What speaks against the verdict: each lowers its certainty by a step. */
  readonly contradictions: readonly string[];
  /** What would speak against it, or for it, and was not or cannot be looked at. */
  readonly unchecked: readonly string[];
  /** Signs for hardware against signs for software, with their points. */
  readonly hardware: HardwareScore;
  /** Known issues that fit the verdict and this kernel. */
  readonly known: readonly {
    readonly id: string;
    readonly title: string;
    readonly text: string;
    readonly link: string | undefined;
    readonly certainty: Certainty;
  }[];
  /** Commands to type next. */
  readonly next: readonly string[];
}

/** One thing that memory or the log shows. */
export interface EvidenceRecord {
  readonly kind: 'evidence';
  /** `memory`, or `log` for a line that the kernel printed. */
  readonly source: 'memory' | 'log';
  readonly text: string;
  /** The command that shows it, as typed at the prompt. */
  readonly run: string;
  readonly address: VAddr | undefined;
  readonly value: Bits | undefined;
}

/** Something else that was noticed, and is not the verdict. */
export interface SuspectRecord {
  readonly kind: 'suspect';
  readonly class: ClassName;
  readonly certainty: Certainty;
  readonly subject: string | undefined;
  readonly text: string;
  readonly run: string | undefined;
}

/** The mark by which the same death is recognised in another dump. */
export interface SignatureRecord {
  readonly kind: 'signature';
  readonly version: 1;
  readonly text: string;
  readonly hash: string;
  /** Earlier deaths of this signature, where `--seen` names a file that keeps them. */
  readonly earlier: Earlier | undefined;
}

/** Earlier deaths of one signature. */
export interface Earlier {
  readonly count: number;
  /** Of the first and the last one: `2026-11-28T04:10:00Z`, release and node. */
  readonly first: string;
  readonly last: string;
}

/** What could not be looked at, and why. */
export interface SkippedRecord {
  readonly kind: 'skipped';
  /** The detector's or check's name. */
  readonly what: string;
  readonly reason: string;
}

/** What a check found: an entry that is not as it should be. */
export interface FindingRecord {
  readonly kind: 'finding';
  readonly check: string;
  readonly address: VAddr;
  readonly found: Bits;
  /** Undefined where nothing says what should stand there. */
  readonly expected: Bits | undefined;
  readonly text: string;
  readonly run: string;
}

/** A check that was run. */
export interface CheckRecord {
  readonly kind: 'check';
  readonly check: string;
  /** How many things were checked, found wrong, and left out since their pages are missing. */
  readonly checked: number;
  readonly findings: number;
  readonly skipped: number;
  /** It was interrupted: there is more that was not looked at. */
  readonly isPartial: boolean;
  /** What the check cannot see; undefined where nothing is to be said. */
  readonly note: string | undefined;
}

export type AnalysisRecord =
  | IdentityRecord
  | VerdictRecord
  | EvidenceRecord
  | FindingRecord
  | CheckRecord
  | SuspectRecord
  | SignatureRecord
  | SkippedRecord;
