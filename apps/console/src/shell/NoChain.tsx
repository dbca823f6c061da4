import { NoPage } from "../ui/states.tsx";

export function NoChain() {
  return (
    <NoPage title="The chain is not available on this server">
      The console of a node shows blocks, transactions and addresses. `trellis node` and `trellis devnet`
      serve it.
    </NoPage>
  );
}
