/** Text files in a directory of one process. */
export interface UsageFiles {
  list(): Promise<readonly string[]>;
  /** Undefined: there is none. An oversized file or another kind of entry is returned as an invalid text. */
  read(name: string): Promise<string | undefined>;
  /** Whole and durable once it resolves. */
  write(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Returns the new name. */
  setAside(name: string): Promise<string>;
}

/** For a node without a data directory. */
export function createMemoryFiles(): UsageFiles {
  const texts = new Map<string, string>();
  return {
    list: async () => [...texts.keys()],
    read: async (name) => texts.get(name),
    write: async (name, text) => void texts.set(name, text),
    remove: async (name) => void texts.delete(name),
    async setAside(name) {
      texts.delete(name);
      return name;
    },
  };
}
