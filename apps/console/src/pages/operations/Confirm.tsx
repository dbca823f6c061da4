import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { ProblemText } from "../../session/ProblemText.tsx";
import { Sent, TextField } from "../../ui/Form.tsx";

interface ConfirmProps extends Question {
  /** Of the button that asks. */
  readonly label: ReactNode;
  readonly isDisabled?: boolean;
}

export interface Question {
  readonly title: string;
  /** What it does and cannot undo. */
  readonly children: ReactNode;
  /** Of the button that does it. */
  readonly action: string;
  readonly isDangerous?: boolean;
  /** Somebody who comes later wants to know. */
  readonly needsReason?: boolean;
  /** Must be written to go on, for what hurts most. */
  readonly phrase?: string;
  readonly isSending: boolean;
  readonly error: Error | null;
  /** Resolves when it is done; the dialog then closes. */
  readonly onConfirm: (reason: string) => Promise<unknown>;
}

/** Asks before something is done. Escape and Cancel do nothing. */
export function Confirm(props: ConfirmProps) {
  const { label, isDangerous = false, isDisabled = false } = props;
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className={isDangerous ? "danger" : undefined}
        disabled={isDisabled}
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      {isOpen && <ConfirmDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

/** The question itself, for a form that asks before it sends. */
export function ConfirmDialog({
  title,
  children,
  action,
  isDangerous = false,
  needsReason = false,
  phrase,
  isSending,
  error,
  onConfirm,
  onClose,
}: Question & { readonly onClose: () => void }) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [written, setWritten] = useState("");
  const [wasSent, setSent] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const wrongReason =
    needsReason && reason.trim() === "" ? "Say why: whoever comes later wants to know." : undefined;
  const wrongPhrase = phrase !== undefined && written !== phrase ? `Write ${phrase}.` : undefined;
  const confirm = (): void => {
    setSent(true);
    if (wrongReason !== undefined || wrongPhrase !== undefined) return;
    onConfirm(reason.trim()).then(onClose, () => {});
  };
  return (
    <dialog ref={dialog} className="confirm" aria-labelledby={id} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        <fieldset disabled={isSending}>
          <h2 id={id}>{title}</h2>
          <div className="confirm-text">{children}</div>
          <Sent value={{ isTried: wasSent, count: 0 }}>
            {needsReason && (
              <TextField
                label="Why"
                value={reason}
                onChange={setReason}
                maxLength={200}
                wrong={wrongReason}
              />
            )}
            {phrase !== undefined && (
              <TextField
                label={`Write ${phrase} to go on`}
                value={written}
                onChange={setWritten}
                wrong={wrongPhrase}
              />
            )}
          </Sent>
          {wasSent && <ProblemText error={error} />}
          <div className="buttons">
            <button type="button" onClick={onClose}>
              Cancel
            </button>
            <button type="submit" className={isDangerous ? "danger" : "primary"}>
              {isSending ? "Sending…" : action}
            </button>
          </div>
        </fieldset>
      </form>
    </dialog>
  );
}
