import { userInfo } from 'node:os';
import { NAME } from './messages.ts';

/** A name for a person, made of what the system calls the user. */
export function ownName(): string {
  const name = userInfo()
    .username.replace(/[^A-Za-z0-9._-]/g, '')
    .slice(0, 24);
  return NAME.test(name) ? name : 'user';
}
