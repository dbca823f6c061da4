import { useState } from "react";
import { shortHex } from "../../../format/units.ts";
import { SelectField } from "../../../ui/Form.tsx";
import { Amount } from "../ui/Amount.tsx";
import type { ShownNode, ShownProof, ShownStep } from "./judgeFile.ts";
import type { Refusal } from "./refusalOf.ts";

export function PathView({
  proof,
  refusal,
}: {
  readonly proof: ShownProof;
  readonly refusal: Refusal | undefined;
}) {
  const [column, setColumn] = useState("0");
  const [chosen, setChosen] = useState("0");
  const { assets, leaves, depth } = proof;
  const steps = proof.steps.filter(({ leaves: below }) => below.includes(Number(chosen)));
  const hasSums = proof.scheme !== "plain";
  const failed = refusal?.level;
  const draw = { assets, column: hasSums ? Number(column) : undefined, failed };
  const top = steps.at(-1);
  const downwards = steps.toReversed();
  return (
    <>
      {hasSums && assets.length > 1 && (
        <SelectField
          label="Sums of asset"
          value={column}
          onChange={setColumn}
          options={assets.map(
            ({ id, isDebt }, index) => [String(index), isDebt ? `${id} debt` : id] as const,
          )}
        />
      )}
      {leaves.length > 1 && <LeafField leaves={leaves} chosen={chosen} onChange={setChosen} />}
      <ol className="path" aria-label="From root to leaf">
        {top?.parent !== undefined && top.level === depth ? (
          <Root proof={proof} computed={top.parent} {...draw} />
        ) : (
          <li className="path-broken">
            {top === undefined
              ? "The path is empty."
              : `The path ends above level ${top.parent === undefined ? top.level - 1 : top.level}.`}
          </li>
        )}
        {downwards.map((step, index) => (
          <Level
            key={`${step.level} ${step.left.hash}`}
            step={step}
            above={downwards[index - 1]?.own}
            isTop={index === 0}
            {...draw}
          />
        ))}
        {steps.length === 0 &&
          leaves.map(({ node }) => (
            <li key={node.hash} className="path-level path-first">
              <span className="path-label">leaf</span>
              <div className="path-pair">
                <Node node={node} isOwn isBad={failed === 0} {...draw} />
              </div>
            </li>
          ))}
      </ol>
    </>
  );
}

function LeafField({
  leaves,
  chosen,
  onChange,
}: {
  readonly leaves: ShownProof["leaves"];
  readonly chosen: string;
  readonly onChange: (chosen: string) => void;
}) {
  return (
    <SelectField
      label="Leaf"
      value={chosen}
      onChange={onChange}
      options={leaves.map(({ customerId, share }, index) => {
        const name = share === undefined ? customerId : `${customerId}, share ${share + 1}`;
        return [String(index), name] as const;
      })}
    />
  );
}

interface Draw {
  readonly assets: ShownProof["assets"];
  readonly column: number | undefined;
  readonly failed: number | undefined;
}

function Root({
  proof,
  computed,
  ...draw
}: Draw & { readonly proof: ShownProof; readonly computed: ShownNode }) {
  const isRight = computed.hash === proof.root;
  const column = draw.column ?? 0;
  const isTotal = draw.column === undefined || computed.sums[column] === proof.totals[column];
  const isBad = draw.failed === proof.depth;
  return (
    <li className="path-level path-first">
      <span className="path-label">root</span>
      <div className="path-single">
        <Node node={computed} isOwn isBad={isBad} {...draw} />
      </div>
      {!isRight && (
        <p className="bad">
          The path leads to <code>{shortHex(computed.hash, 8)}</code>, but the record has{" "}
          <code>{shortHex(proof.root, 8)}</code>.
        </p>
      )}
      {!isTotal && draw.column !== undefined && (
        <p className="bad">
          The sums add up to <Sum sums={computed.sums} {...draw} />, but the record has{" "}
          <Sum sums={proof.totals} {...draw} />.
        </p>
      )}
    </li>
  );
}

/** Horizontal positions in percent of the width. */
const LEFT = 25;
const RIGHT = 75;
const MIDDLE = 50;

function Level({
  step: { level, left, right, own, parent },
  above,
  isTop,
  ...draw
}: Draw & {
  readonly step: ShownStep;
  readonly above: ShownStep["own"] | undefined;
  readonly isTop: boolean;
}) {
  const isBad = parent === undefined || draw.failed === level - 1;
  const parentAt = isTop ? MIDDLE : above === "right" ? RIGHT : LEFT;
  const isOwn = (side: "left" | "right") => own === side || own === "both";
  return (
    <li className={isBad ? "path-level path-failed" : "path-level"}>
      <span className="path-label">{level === 1 ? "leaf" : `level ${level - 1}`}</span>
      <svg className="path-lines" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
        <path className={isOwn("left") ? "own" : undefined} d={`M${LEFT} 20 L${parentAt} 0`} />
        <path className={isOwn("right") ? "own" : undefined} d={`M${RIGHT} 20 L${parentAt} 0`} />
      </svg>
      <div className="path-pair">
        <Node node={left} isOwn={isOwn("left")} isBad={isBad && isOwn("left")} {...draw} />
        <Node node={right} isOwn={isOwn("right")} isBad={isBad && isOwn("right")} {...draw} />
      </div>
    </li>
  );
}

function Node({
  node,
  isOwn,
  isBad,
  ...draw
}: Draw & { readonly node: ShownNode; readonly isOwn: boolean; readonly isBad: boolean }) {
  const kind = isBad ? "path-node bad" : isOwn ? "path-node own" : "path-node";
  return (
    <div className={kind}>
      <span className="visually-hidden">{isOwn ? "own node" : "sibling"}</span>
      <code title={node.hash}>{node.hash === "0x" ? "…" : shortHex(node.hash, 4)}</code>
      {draw.column !== undefined && <Sum sums={node.sums} {...draw} />}
    </div>
  );
}

function Sum({ sums, assets, column = 0 }: Draw & { readonly sums: readonly string[] }) {
  const asset = assets[column];
  const amount = sums[column];
  if (asset === undefined || amount === undefined) return null;
  return <Amount asset={asset.id} decimals={asset.decimals} amount={amount} />;
}
