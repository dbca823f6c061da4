import { describeDatabases } from "@trellis/kit/databases";
import { expect, it } from "vitest";
import { openAnchorStore } from "./openAnchorStore.ts";
import { anchorStoreSuite } from "./testing/anchorStoreSuite.ts";
import { testContent } from "./testing/records.ts";

describeDatabases("anchors", (under) => {
  let targets = 0;
  anchorStoreSuite(under.kind, () => openAnchorStore(under.database(), `target ${targets++}`));

  it("ANCHOR-8: concurrent additions store it once; another target has its own", async () => {
    const store = await openAnchorStore(under.database(), "several");
    const added = await Promise.all([1, 2, 3].map(() => store.add(testContent(1))));
    expect(new Set(added.map(({ version }) => version))).toEqual(new Set([0]));
    const other = await openAnchorStore(under.database(), "others");
    expect(await other.open(10)).toEqual([]);
  });
});
