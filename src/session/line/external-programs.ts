/** Programs that run without a `!`, as crash has them. */
export const EXTERNAL: ReadonlySet<string> = new Set([
  'vi',
  'pwd',
  'grep',
  'cat',
  'more',
  'less',
  'echo',
  'ls',
  'clear',
]);
