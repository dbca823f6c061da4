import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type Address, type Hex, isAddress } from "viem";
import { staking } from "../../contracts/staking.ts";
import { isRefusal } from "../../errors.ts";
import { coinText, countText } from "../../format/units.ts";
import type { FinalityJson } from "../../live/chainTypes.ts";
import { readContract, useContract } from "../../live/contracts.ts";
import { useLiveRpc } from "../../live/node.ts";
import { AddressLink, Badge, Card, Coins, Fact, Facts, Figure, HexText } from "../../ui/primitives.tsx";
import { Answered, Failure, Loading, NoPage } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { Meter } from "./Meter.tsx";

const EPOCHS = 10;
const BASIS_POINTS_A_PERCENT = 100;

export function ValidatorPage() {
  const { address } = useParams({ strict: false }) as { address: string };
  if (!isAddress(address, { strict: false })) {
    return <NoPage title="Invalid address">An address is 0x and 40 hexadecimal digits.</NoPage>;
  }
  return <OneValidator address={address.toLowerCase() as Address} />;
}

function OneValidator({ address }: { readonly address: Address }) {
  const { data, error, refetch } = useContract(staking, "validatorOf", [address]);
  if (data !== undefined) return <Validator address={address} view={data} />;
  if (error === null) return <Loading what="Loading validator" />;
  if (isRefusal(error)) {
    return (
      <NoPage title="This account is not a validator">
        <Link to="/address/$address" params={{ address }}>
          Open the account
        </Link>
      </NoPage>
    );
  }
  return <Failure error={error} onRetry={() => void refetch()} />;
}

interface ValidatorView {
  readonly key: Hex;
  readonly commission: bigint;
  readonly nextCommission: bigint;
  readonly commissionEpoch: bigint;
  readonly isCandidate: boolean;
  readonly isJailed: boolean;
  readonly isTombstoned: boolean;
  readonly jailedUntil: bigint;
}

function Validator({ address, view }: { readonly address: Address; readonly view: ValidatorView }) {
  const pool = useContract(staking, "poolOf", [address]);
  const own = useContract(staking, "stakeOf", [address, address]);
  const rewards = useContract(staking, "rewardsOf", [address, address]);
  const percent = (basisPoints: bigint): string => `${Number(basisPoints) / BASIS_POINTS_A_PERCENT} %`;
  const coins = (wei: bigint | undefined) => (wei === undefined ? "…" : <Coins wei={wei} />);
  return (
    <>
      <h1>
        Validator <Standing address={address} view={view} />
      </h1>
      <dl className="figures">
        <Figure label="Total stake" value={coins(pool.data?.[0])} note="own and delegated" />
        <Figure label="Own stake" value={coins(own.data)} />
        <Figure
          label="Commission"
          value={percent(view.commission)}
          note={
            view.nextCommission === view.commission
              ? "of rewards"
              : `${percent(view.nextCommission)} from epoch ${view.commissionEpoch}`
          }
        />
        <Figure label="Claimable rewards" value={coins(rewards.data)} note="from own stake" />
      </dl>
      <Card title="Identity">
        <Facts>
          <Fact name="Account">
            <AddressLink address={address} isWhole />
          </Fact>
          <Fact name="Key, BLS12-381">
            <HexText hex={view.key} label="key" isWhole />
          </Fact>
          <Fact name="Contract logs">
            <Link to="/topic/$topic" params={{ topic: `0x${address.slice(2).padStart(64, "0")}` }}>
              registration, stake, rewards, votes
            </Link>
          </Fact>
        </Facts>
      </Card>
      <Participation address={address} />
    </>
  );
}

function Standing({ address, view }: { readonly address: Address; readonly view: ValidatorView }) {
  const finality = useLiveRpc<FinalityJson | null>("trellis_getFinality");
  const votes = finality.data?.validators.some((row) => row.address.toLowerCase() === address) ?? false;
  if (view.isTombstoned) return <Badge tone="bad">tombstoned: equivocation</Badge>;
  if (view.isJailed) return <Badge tone="bad">jailed until epoch {countText(view.jailedUntil)}</Badge>;
  if (votes) return <Badge tone="good">active</Badge>;
  return view.isCandidate ? <Badge tone="info">candidate</Badge> : <Badge>not a candidate</Badge>;
}

interface EpochRow {
  readonly epoch: number;
  readonly power: bigint | undefined;
  readonly signed: number;
  readonly certificates: number;
}

function Participation({ address }: { readonly address: Address }) {
  const epoch = useContract(staking, "epoch", []);
  const rows = useQuery({
    queryKey: ["live", "participation", address, epoch.data],
    enabled: epoch.data !== undefined,
    queryFn: () => {
      const newest = epoch.data!;
      const epochs = Array.from({ length: Math.min(EPOCHS, newest + 1) }, (_, index) => newest - index);
      return Promise.all(epochs.map((of) => participationOf(address, of)));
    },
  });
  return (
    <Card title="Participation" aside={<span>by epoch, from recorded certificates</span>}>
      <Answered query={rows} what="Loading validator sets">
        {(all) => (
          <Table
            label="Participation"
            rows={all}
            keyOf={(row) => String(row.epoch)}
            columns={[
              { name: "Epoch", width: "5rem", isNumeric: true, cell: (row) => countText(row.epoch) },
              {
                name: "Voting power, coins",
                width: "8rem",
                isNumeric: true,
                isMinor: true,
                cell: ({ power }) => (power === undefined ? "not in the set" : coinText(power)),
              },
              {
                name: "Votes signed",
                width: "1fr",
                cell: ({ power, signed, certificates }) =>
                  power === undefined ? "–" : <Meter part={signed} whole={certificates} />,
              },
            ]}
          />
        )}
      </Answered>
    </Card>
  );
}

async function participationOf(address: Address, epoch: number): Promise<EpochRow> {
  const [members, [certificates, signed]] = await Promise.all([
    readContract(staking, "activeSet", [BigInt(epoch)]),
    readContract(staking, "participation", [BigInt(epoch)]),
  ]);
  const place = members.findIndex(({ validator }) => validator.toLowerCase() === address);
  return {
    epoch,
    power: members[place]?.power,
    signed: Number(signed[place] ?? 0n),
    certificates: Number(certificates),
  };
}
