/** How a long computation shares its thread: it asks between its steps, and waits when it is due. */
export interface Pace {
  /** Whether the thread has run for long enough without answering others. */
  isDue(): boolean;
  /** Resolves when others had their turn. */
  pause(): Promise<void>;
  /** Processor time that this thread has used, ms. */
  processorMs(): number;
}
