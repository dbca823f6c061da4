import { createMachine, type Machine, type MachineInput } from "./Machine.ts";

/**
 * Machines at rest, by chain: building one takes as long as some transfers. Runs overlap, since ethereumjs awaits,
 * so each has a machine of its own.
 */
export class MachinePool {
  readonly #free = new Map<bigint, Machine[]>();

  /** Runs `work` on a machine that is opened on `input`. */
  async run<T>(input: MachineInput, work: (machine: Machine) => Promise<T>): Promise<T> {
    const { chainId } = input.context;
    const free = this.#free.get(chainId) ?? [];
    this.#free.set(chainId, free);
    const machine = free.pop() ?? (await createMachine(chainId));
    try {
      machine.open(input);
      return await work(machine);
    } finally {
      machine.close();
      free.push(machine);
    }
  }
}
