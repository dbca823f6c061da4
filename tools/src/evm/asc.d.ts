// tsconfig.json uses this file instead of AssemblyScript's declarations, which hide Node's `console`.
interface Result {
  readonly error: Error | null;
  readonly stderr: { toString(): string };
}

interface Host {
  readFile(name: string): string | null;
  writeFile(name: string, contents: string | Uint8Array): void;
  listFiles(): string[];
}

declare const asc: {
  readonly version: string;
  main(args: readonly string[], host: Host): Promise<Result>;
};

export default asc;
