import { DEFAULT_FORK } from "@trellis/protocol";
import { createMachine, type Machine, type MachineInput } from "./Machine.ts";

/** Reuses machines: building one takes as long as several transfers. */
export class MachinePool {
  readonly #free = new Map<string, Machine[]>();

  async run<T>(input: MachineInput, work: (machine: Machine) => Promise<T>): Promise<T> {
    const { chainId, fork = DEFAULT_FORK } = input.context;
    const key = `${fork} ${chainId}`;
    const free = this.#free.get(key) ?? [];
    this.#free.set(key, free);
    const machine = free.pop() ?? (await createMachine(chainId, fork));
    try {
      machine.open(input);
      return await work(machine);
    } finally {
      machine.close();
      free.push(machine);
    }
  }
}
