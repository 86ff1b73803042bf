/**
 * How sure a statement is.
 *
 * - `certain`: memory itself shows it, and nothing that was checked contradicts it
 * - `likely`: memory shows the effect, one explanation fits, and the others were checked
 * - `possible`: it fits, and something that could speak against it was not checked, or cannot be
 */
export type Certainty = 'certain' | 'likely' | 'possible';
