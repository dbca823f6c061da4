import { createMachine, type Machine, type MachineInput } from "./Machine.ts";

/** Reuses machines: building one takes as long as several transfers. */
export class MachinePool {
  readonly #free = new Map<bigint, Machine[]>();

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
