import { type Hex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { createMemoryStore, Trie } from "@trellis/storage";
import { jsonFiles, suiteFolder } from "./jsonFiles.ts";
import type { ConformanceSuite } from "./suite.ts";

/** ethereum/tests, TrieTests. */
export const trieSuite: ConformanceSuite = {
  name: "trie",
  async run(vectorsDir) {
    const failures: string[] = [];
    let passed = 0;
    for await (const { path, content } of jsonFiles(suiteFolder(vectorsDir, "ethereum/TrieTests"))) {
      // The file name decides whether keys are hashed.
      const keyOf = path.toLowerCase().includes("securetrie") ? hashedKey : bytesOf;
      for (const [name, test] of Object.entries(content as Record<string, RootTest | NeighboursTest>)) {
        const failure = "root" in test ? await checkRoots(test, keyOf) : checkNeighbours(test);
        if (failure === undefined) passed++;
        else failures.push(`${path} ${name}: ${failure}`);
      }
    }
    return { passed, failed: failures.length, skipped: 0, failures };
  },
};

type Change = readonly [key: string, value: string | null];

/** Changes in order, or entries in any order. */
interface RootTest {
  readonly in: readonly Change[] | Readonly<Record<string, string>>;
  readonly root: string;
}

/** Positions with the previous and next key. "" means none. */
interface NeighboursTest {
  readonly in: readonly string[];
  readonly tests: readonly (readonly [place: string, before: string, behind: string])[];
}

type KeyOf = (key: string) => Uint8Array;

async function checkRoots(test: RootTest, keyOf: KeyOf): Promise<string | undefined> {
  const given: readonly Change[] = isList(test.in) ? test.in : Object.entries(test.in);
  const changes = given.map(([key, value]) => [keyOf(key), value === null ? null : bytesOf(value)] as const);
  const ways: [string, Hex][] = [
    ["one by one", await rootInSteps(changes)],
    ["at once", emptyTrie().with(changes).rootHash()],
  ];
  if (!isList(test.in)) ways.push(["in reverse", await rootInSteps(changes.toReversed())]);
  const wrong = ways.find(([, root]) => root !== test.root);
  return wrong === undefined ? undefined : `${wrong[0]} the root is ${wrong[1]}, expected ${test.root}`;
}

async function rootInSteps(changes: readonly (readonly [Uint8Array, Uint8Array | null])[]): Promise<Hex> {
  const store = createMemoryStore();
  let root = emptyTrie().rootHash();
  for (const change of changes) {
    const trie = Trie.load(root, store, NO_OWNER).with([change]);
    root = trie.rootHash();
    await store.write(trie.commit().operations);
  }
  return root;
}

function checkNeighbours({ in: keys, tests }: NeighboursTest): string | undefined {
  const trie = emptyTrie().with(keys.map((key) => [bytesOf(key), bytesOf(key)] as const));
  for (const [place, before, behind] of tests) {
    const sorted = [...trie.entries()].map(([key]) => bytesToText(key));
    const from = [...trie.entries(bytesOf(place))].map(([key]) => bytesToText(key));
    const gotBehind = from.find((key) => key !== place) ?? "";
    const gotBefore = sorted[sorted.length - from.length - 1] ?? "";
    if (gotBefore !== before || gotBehind !== behind)
      return `beside "${place}" are "${gotBefore}" and "${gotBehind}", expected "${before}" and "${behind}"`;
  }
  return undefined;
}

const NO_OWNER = new Uint8Array(0);

function emptyTrie(): Trie {
  return Trie.empty({ get: () => undefined }, NO_OWNER);
}

function bytesOf(text: string): Uint8Array {
  return text.startsWith("0x") ? hexToBytes(text) : new TextEncoder().encode(text);
}

function hashedKey(key: string): Uint8Array {
  return keccak256(bytesOf(key));
}

function bytesToText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function isList(changes: RootTest["in"]): changes is readonly Change[] {
  return Array.isArray(changes);
}
