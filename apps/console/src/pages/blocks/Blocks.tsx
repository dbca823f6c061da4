import { Card } from "../../ui/primitives.tsx";
import { RecentBlocks } from "./RecentBlocks.tsx";

export function Blocks() {
  return (
    <>
      <h1>Blocks</h1>
      <Card title="Selected chain, newest first">
        <RecentBlocks count={50} />
      </Card>
    </>
  );
}
