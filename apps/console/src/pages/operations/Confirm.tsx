import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { ProblemText } from "../../session/ProblemText.tsx";
import { Sent, TextField } from "../../ui/Form.tsx";

interface ConfirmProps extends Question {
  readonly label: ReactNode;
  readonly isDisabled?: boolean;
}

interface Question {
  readonly title: string;
  readonly children: ReactNode;
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly needsReason?: boolean;
  readonly phrase?: string;
  readonly isSending: boolean;
  readonly error: Error | null;
  readonly onConfirm: (reason: string) => Promise<unknown>;
}

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
  const wrongReason = needsReason && reason.trim() === "" ? "Enter a reason. It is recorded." : undefined;
  const wrongPhrase = phrase !== undefined && written !== phrase ? `Type ${phrase}.` : undefined;
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
                label="Reason"
                value={reason}
                onChange={setReason}
                maxLength={200}
                wrong={wrongReason}
              />
            )}
            {phrase !== undefined && (
              <TextField
                label={`Type ${phrase} to confirm`}
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
