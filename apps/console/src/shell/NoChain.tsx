import { NoPage } from "../ui/states.tsx";

/** Instead of a page about the chain, at the address of a service that stands without a node. */
export function NoChain() {
  return (
    <NoPage title="No chain stands behind this address">
      Blocks, transactions and addresses are shown by a node's own console: `trellis node` and `trellis
      devnet` serve one.
    </NoPage>
  );
}
