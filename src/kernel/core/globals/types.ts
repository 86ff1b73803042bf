/** A type, and the names of the variables that have it, with blanks between. The notation is that of {@link GLOBALS}. */
export type Declaration = readonly [type: string, names: string];

/** Types by name of the variable, in the order in which they are to be tried. */
export type GlobalTypes = Readonly<Record<string, readonly string[]>>;
