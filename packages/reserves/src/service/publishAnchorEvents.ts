import type { SchemaDatabase } from "@trellis/platform/db";
import type { Events } from "@trellis/platform/events";
import type { Anchors } from "./openPublisher.ts";
import type { ServiceTables } from "./schema.ts";

interface AnchorEventPorts {
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly events: Events;
  readonly anchors: Anchors;
}

export async function publishAnchorEvents({ tables, events, anchors }: AnchorEventPorts): Promise<void> {
  for (;;) {
    const told = await tables.db.selectFrom("anchors_told").select("number").executeTakeFirstOrThrow();
    const number = told.number + 1n;
    const anchor = await anchors.of(Number(number));
    if (anchor === undefined) return;
    await tables.transaction(async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable("anchors_told")
        .set({ number })
        .where("number", "=", told.number)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) return;
      await events.publish(tx, [{ kind: "snapshot.anchored", data: { number: Number(number), ...anchor } }]);
    });
  }
}
