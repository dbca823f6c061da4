import { useMutation } from "@tanstack/react-query";
import { isRefusedBy } from "../../../errors.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Card } from "../../../ui/primitives.tsx";
import { client } from "../service/client.ts";
import { download, fileName } from "../ui/download.ts";

const PAGE_ITEMS = 200;

/** Right of access (GDPR, article 15). */
export function PersonExport({ customerId }: { readonly customerId: string }) {
  const exporting = useMutation({
    mutationFn: async () => {
      const document = await readAll(customerId);
      download(
        `person-${fileName(customerId)}.json`,
        `${JSON.stringify(document, undefined, 2)}\n`,
        "application/json",
      );
    },
  });
  return (
    <Card title="Data export">
      <p className="soft">Balances, all ledger entries and the proofs of all snapshots in one file.</p>
      <button type="button" disabled={exporting.isPending} onClick={() => exporting.mutate()}>
        {exporting.isPending ? "Loading…" : "Download JSON"}
      </button>
      <ProblemText error={exporting.error} />
    </Card>
  );
}

async function readAll(customerId: string): Promise<object> {
  const customer = await client.call("getCustomer", { customerId });
  const { balances } = await client.call("getBalances", { customerId });
  const entries: unknown[] = [];
  for (const { asset } of balances) {
    const pages = client.pages("listHistory", { customerId, assetId: asset, limit: PAGE_ITEMS });
    for await (const entry of pages) entries.push(entry);
  }
  return { customer, balances, entries, proofs: await proofsOf(customerId) };
}

async function proofsOf(customerId: string): Promise<unknown[]> {
  const proofs: unknown[] = [];
  for await (const { number, state } of client.pages("listSnapshots", { limit: PAGE_ITEMS })) {
    if (state !== "signed") continue;
    try {
      const bytes = await client.call("getProof", { customerId, snapshot: number });
      proofs.push(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (error) {
      // The snapshot predates the customer, or the customer's key was erased.
      if (!isRefusedBy(error, "CUSTOMER_UNKNOWN")) throw error;
    }
  }
  return proofs;
}
