import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkWorkflows } from "./checkWorkflows.ts";

const HASH = "de0fac2e4500dabe0009e67214ff5f5447ce83dd";
const GOOD = `name: good
on: push
permissions:
  contents: read
concurrency:
  group: good
jobs:
  build:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@${HASH} # v6.0.2
        with:
          persist-credentials: false
      - env:
          TITLE: \${{ github.event.head_commit.message }}
        run: echo "$TITLE"
`;

async function findings(text: string): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), "trellis-workflows-"));
  try {
    mkdirSync(join(root, ".github/workflows"), { recursive: true });
    writeFileSync(join(root, ".github/workflows/a.yml"), text);
    return (await checkWorkflows(root)).map(({ line, rule }) => `${line} ${rule}`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

it("accepts a workflow that follows every rule", async () => {
  expect(await findings(GOOD)).toEqual([]);
});

it.each([
  ["a tag instead of a commit", `checkout@${HASH} # v6.0.2`, "checkout@v6", ["12 action-unpinned"]],
  ["a short hash", HASH, HASH.slice(0, 12), ["12 action-unpinned"]],
  ["a commit without its version", " # v6.0.2", "", ["12 action-unversioned"]],
  ["a branch as version", "# v6.0.2", "# main", ["12 action-unversioned"]],
  [
    "an action without a version",
    `checkout@${HASH} # v6.0.2`,
    "checkout",
    ["12 actionlint-action", "12 action-unpinned"],
  ],
  ["a token left for later steps", "persist-credentials: false", "fetch-depth: 1", ["12 credentials-kept"]],
  ["no permissions", "permissions:\n  contents: read\n", "", ["1 permissions-missing"]],
  ["all permissions", "permissions:\n  contents: read", "permissions: write-all", ["3 permissions-wide"]],
  ["an unknown permission", "contents: read", "content: read", ["4 actionlint-permissions"]],
  ["no concurrency", "concurrency:\n  group: good\n", "", ["1 concurrency-missing"]],
  ["no time limit", "    timeout-minutes: 5\n", "", ["8 timeout-missing"]],
  ["secrets for code of strangers", "on: push", "on: pull_request_target", ["2 trigger-dangerous"]],
  [
    "one dangerous trigger of several",
    "on: push",
    "on: [push, workflow_run]",
    ["2 actionlint-events", "2 trigger-dangerous"],
  ],
  ["an expression in a script", '"$TITLE"', `"\${{ github.sha }}"`, ["17 expression-in-script"]],
  [
    "text of strangers in a script",
    '"$TITLE"',
    `"\${{ github.event.head_commit.message }}"`,
    ["17 actionlint-expression", "17 expression-in-script"],
  ],
  ["an unknown key", "timeout-minutes", "timeout", ["8 timeout-missing", "10 actionlint-syntax-check"]],
  ["an unknown runner", "ubuntu-24.04", "ubuntu-1.0", ["9 actionlint-runner-label"]],
  ["an unknown context", "github.event.", "githubb.event.", ["16 actionlint-expression"]],
])("rejects %s", async (_, good, bad, expected) => {
  expect(GOOD).toContain(good);
  expect((await findings(GOOD.replace(good, bad))).sort()).toEqual([...expected].sort());
});

it("pins called workflows too; their jobs set the time limits", async () => {
  const called = GOOD.replace(/ {2}build:.*/s, "  build:\n    uses: ./.github/workflows/b.yml\n");
  expect(await findings(called)).toEqual([]);
  const foreign = called.replace("./.github/workflows/b.yml", "owner/name/.github/workflows/b.yml@v1");
  expect(await findings(foreign)).toEqual(["9 action-unpinned"]);
});
