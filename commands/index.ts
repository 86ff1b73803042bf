// Every command of tscrash. One import and one name a line, sorted by file.
import type { AnyCommand } from '../src/session/command/command.ts';
import alias from './alias.ts';
import allow from './allow.ts';
import analyze from './analyze.ts';
import apropos from './apropos.ts';
import ascii from './ascii.ts';
import bpf from './bpf.ts';
import bt from './bt.ts';
import btop from './btop.ts';
import dev from './dev.ts';
import diff from './diff.ts';
import dis from './dis.ts';
import evaluate from './eval.ts';
import exit from './exit.ts';
import exportCommand from './export.ts';
import extend from './extend.ts';
import files from './files.ts';
import foreach from './foreach.ts';
import fuser from './fuser.ts';
import gdb from './gdb.ts';
import hand from './hand.ts';
import help from './help.ts';
import ipcs from './ipcs.ts';
import irq from './irq.ts';
import js from './js.ts';
import kick from './kick.ts';
import kmem from './kmem.ts';
import less from './less.ts';
import list from './list.ts';
import log from './log.ts';
import mach from './mach.ts';
import memory from './memory.ts';
import mod from './mod.ts';
import mount from './mount.ts';
import net from './net.ts';
import out from './out.ts';
import p from './p.ts';
import ps from './ps.ts';
import pte from './pte.ts';
import ptob from './ptob.ts';
import ptov from './ptov.ts';
import q from './q.ts';
import rd from './rd.ts';
import repeat from './repeat.ts';
import replay from './replay.ts';
import runq from './runq.ts';
import say from './say.ts';
import sbitmapq from './sbitmapq.ts';
import search from './search.ts';
import set from './set.ts';
import share from './share.ts';
import sig from './sig.ts';
import stacks from './stacks.ts';
import star from './star.ts';
import struct from './struct.ts';
import swap from './swap.ts';
import sym from './sym.ts';
import sys from './sys.ts';
import take from './take.ts';
import task from './task.ts';
import timeline from './timeline.ts';
import timer from './timer.ts';
import transcript from './transcript.ts';
import tree from './tree.ts';
import union from './union.ts';
import vm from './vm.ts';
import vtop from './vtop.ts';
import waitq from './waitq.ts';
import waits from './waits.ts';
import whatis from './whatis.ts';
import who from './who.ts';
import wr from './wr.ts';

// biome-ignore format: one name a line
export const commands: readonly AnyCommand[] = [
  alias,
  analyze,
  apropos,
  ascii,
  bpf,
  bt,
  btop,
  diff,
  dev,
  dis,
  evaluate,
  exit,
  exportCommand,
  extend,
  files,
  foreach,
  fuser,
  gdb,
  help,
  ipcs,
  irq,
  js,
  kmem,
  less,
  list,
  log,
  mach,
  memory,
  mod,
  out,
  mount,
  net,
  p,
  ps,
  pte,
  ptob,
  ptov,
  q,
  rd,
  repeat,
  replay,
  runq,
  sbitmapq,
  search,
  set,
  sig,
  stacks,
  star,
  struct,
  swap,
  sym,
  sys,
  task,
  timeline,
  timer,
  transcript,
  tree,
  union,
  vm,
  vtop,
  whatis,
  wr,
  waitq,
  waits,
  allow,
  hand,
  kick,
  say,
  share,
  take,
  who,
];
