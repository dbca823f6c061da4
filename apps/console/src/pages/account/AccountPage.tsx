import { useState } from "react";
import { toNumber } from "../../format/units.ts";
import { useRpc } from "../../live/node.ts";
import { Answered, Empty } from "../../ui/states.tsx";
import { isKeySafeHere, type OpenedKey } from "./keyFiles.ts";
import { NewKeyFile } from "./NewKeyFile.tsx";
import { OpenedAccount } from "./OpenedAccount.tsx";
import { OpenKeyFile } from "./OpenKeyFile.tsx";

export function AccountPage() {
  const chainId = useRpc<`0x${string}`>("eth_chainId");
  const [opened, setOpened] = useState<OpenedKey>();
  return (
    <>
      <h1>Your account</h1>
      {isKeySafeHere() ? (
        <Answered query={chainId} what="Loading the chain">
          {(id) =>
            opened === undefined ? (
              <>
                <OpenKeyFile onOpened={setOpened} />
                <NewKeyFile />
              </>
            ) : (
              <OpenedAccount
                key={`${opened.address}${opened.name}`}
                chainId={toNumber(id)}
                opened={opened}
                onRotated={setOpened}
                onClose={() => setOpened(undefined)}
              />
            )
          }
        </Answered>
      ) : (
        <Empty title="Keys are not safe on this connection">
          Open the console over HTTPS, or on the machine that runs it (http://127.0.0.1). An attacker on the
          network could change this page.
        </Empty>
      )}
    </>
  );
}
