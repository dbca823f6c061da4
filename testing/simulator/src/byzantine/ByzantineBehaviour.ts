export interface ByzantineBehaviour {
  answer(protocol: string, request: Uint8Array, honest: Uint8Array): Promise<Uint8Array>;
  holds(topic: string, message: Uint8Array): boolean;
}
