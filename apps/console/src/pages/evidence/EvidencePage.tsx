import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { Hex } from "viem";
import { staking } from "../../contracts/staking.ts";
import { countText, toNumber } from "../../format/units.ts";
import type { ChainBlockJson, EvidenceJson, PageJson } from "../../live/chainTypes.ts";
import { useContract } from "../../live/contracts.ts";
import { node, useRpc } from "../../live/node.ts";
import { Badge, BlockLink, Card, Fact, Facts, HexText } from "../../ui/primitives.tsx";
import { Answered, NoPage } from "../../ui/states.tsx";
import { ValidatorLink } from "../validators/Checkpoints.tsx";
import { evidenceId } from "../validators/EvidenceList.tsx";

const ID = /^(\d{1,15})-(\d{1,6})$/;
const PART_DIGITS = 12;

export function EvidencePage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const found = ID.exec(id);
  if (found === null) {
    return <NoPage title="Invalid evidence ID">An evidence ID is a chain block number and an index.</NoPage>;
  }
  return <EvidenceOfId id={id} blockNumber={Number(found[1])} place={Number(found[2])} />;
}

function EvidenceOfId({
  id,
  blockNumber,
  place,
}: {
  readonly id: string;
  readonly blockNumber: number;
  readonly place: number;
}) {
  const evidence = useQuery({
    queryKey: ["evidence", id],
    queryFn: async () => {
      // Pages are newest first and start below the cursor.
      const cursor = `0x${[blockNumber, place + 1].map((part) => part.toString(16).padStart(PART_DIGITS, "0")).join("")}`;
      const page = await node.request<PageJson<EvidenceJson>>("trellis_getEvidence", [
        { count: "0x1", cursor },
      ]);
      return page.items.find((item) => evidenceId(item) === id) ?? null;
    },
  });
  return (
    <Answered query={evidence} what="Loading evidence">
      {(found) =>
        found === null ? (
          <NoPage title="Evidence not found">No block on this node includes this evidence.</NoPage>
        ) : (
          <Accusation evidence={found} />
        )
      }
    </Answered>
  );
}

function Accusation({ evidence }: { readonly evidence: EvidenceJson }) {
  const { epoch, height, round, step, validator, values, signatures, carrier, blockNumber } = evidence;
  const members = useContract(staking, "activeSet", [BigInt(epoch)]);
  const accused = members.data?.[validator]?.validator;
  const block = useRpc<ChainBlockJson | null>("trellis_getChainBlock", [blockNumber]);
  return (
    <>
      <h1>Equivocation {accused !== undefined && <Outcome accused={accused} />}</h1>
      <Card title="Details">
        <Facts>
          <Fact name="Validator">
            {accused === undefined ? (
              <>index {validator} in the validator set of its epoch, which is no longer in the state</>
            ) : (
              <ValidatorLink address={accused} />
            )}
          </Fact>
          <Fact name="Vote">
            epoch {countText(epoch)}, height {countText(height)}, round {round}, {step}
          </Fact>
          <Fact name="Included in">
            <BlockLink hash={carrier} />
          </Fact>
          <Fact name="Merged by">
            {block.data ? (
              <BlockLink hash={block.data.hash}>chain block {countText(toNumber(blockNumber))}</BlockLink>
            ) : (
              countText(toNumber(blockNumber))
            )}
          </Fact>
        </Facts>
      </Card>
      <div className="columns">
        {([0, 1] as const).map((index) => (
          <Card key={index} title={index === 0 ? "First vote" : "Second vote"}>
            <Facts>
              <Fact name="Block">{forWhat(values[index])}</Fact>
              <Fact name="Signature">
                <HexText hex={signatures[index]} label="signature" isWhole />
              </Fact>
            </Facts>
          </Card>
        ))}
      </div>
    </>
  );
}

function forWhat(value: Hex | null) {
  return value === null ? "no block (nil)" : <HexText hex={value} label="block hash" isWhole />;
}

/** The contract stores outcomes per validator, not per evidence item. */
function Outcome({ accused }: { readonly accused: Hex }) {
  const { data } = useContract(staking, "validatorOf", [accused]);
  if (data === undefined) return null;
  return data.isTombstoned ? (
    <Badge tone="bad">validator tombstoned</Badge>
  ) : (
    <Badge tone="warn">no effect</Badge>
  );
}
