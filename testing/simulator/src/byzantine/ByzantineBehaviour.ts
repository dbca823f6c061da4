/** How a liar's transport departs from what the node behind it wants. */
export interface ByzantineBehaviour {
  /** What is really answered, given what an honest node would answer. */
  answer(protocol: string, request: Uint8Array, honest: Uint8Array): Promise<Uint8Array>;
  /** True if the message is kept back. */
  holds(topic: string, message: Uint8Array): boolean;
}
