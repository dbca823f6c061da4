import type { AtRest } from "@trellis/platform/atRest";
import { resealColumn } from "@trellis/platform/atRest";
import type { Envelope } from "@trellis/platform/secrets";
import { type Rotation, type RotationOptions, rotateCustomerKeys } from "./customerKeys.ts";
import { resealEntries } from "./resealEntries.ts";
import { FLOW_ROW, type LedgerStore } from "./sealing.ts";
import { CHUNK_ROW } from "./stagedLines.ts";

interface RotationPorts {
  readonly envelope: Envelope;
  readonly atRest: AtRest;
}

/** Re-encrypts columns even if re-encrypting customer keys fails, and vice versa. */
export function openRotation(store: LedgerStore, { envelope, atRest }: RotationPorts) {
  const { schema, ciphers, db } = store;
  const column = (table: string, name: string, row: string) => ({
    table: `${schema}.${table}`,
    column: name,
    row,
    form: "bytes" as const,
  });
  const parts = [
    { column: column("customers", "sealed_reference", "customer_id::text"), cipher: ciphers.names },
    { column: column("flows", "sealed_amount", FLOW_ROW), cipher: ciphers.flows },
    { column: column("import_chunks", "sealed", CHUNK_ROW), cipher: ciphers.lines },
  ];
  for (const part of parts) atRest.add((options) => resealColumn(db, part.column, part.cipher, options));
  atRest.add((options) => resealEntries(store, options));

  return async (options: RotationOptions = {}): Promise<Rotation> => {
    const { signal } = options;
    const rotating = rotateCustomerKeys(store, envelope, options);
    const failure = await rotating.then(
      () => undefined,
      (error: unknown) => error,
    );
    signal?.throwIfAborted();
    await atRest.reseal(signal === undefined ? {} : { signal }).catch((error: unknown) => {
      throw failure ?? error;
    });
    return rotating;
  };
}
