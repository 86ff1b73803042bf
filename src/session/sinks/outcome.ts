/** How a command line ended. A bug is also a failure. */
export type Outcome = 'ok' | 'failed' | 'bug';
