// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Runs calls from several accounts and reports balances after each
/// @notice Never deployed: state overrides of `eth_call` put its code at those accounts, so that simulated calls have
/// a transaction's callers. docs/spec/arbitrage-execution.md, ARB-11.
contract ArbitrageurProbe {
    struct Step {
        address from;
        address to;
        uint256 gasLimit;
        bytes data;
    }

    /// The zero token means the chain's coin.
    struct Watch {
        address token;
        address account;
    }

    struct Outcome {
        bool isSuccess;
        uint256 gasUsed;
        /// Returned or reverted data, truncated.
        bytes output;
        /// Watched balances after the step; the maximum if a token does not return a balance.
        uint256[] balances;
    }

    uint256 private constant OUTPUT_BYTES_MAX = 4096;
    uint256 private constant BALANCE_GAS = 500_000;

    error Balances(uint256[] balances);

    /// @return number of the executing block, to detect nodes that ignore overrides
    function run(Step[] calldata steps, Watch[] calldata watched)
        external
        returns (uint256 number, uint256[] memory before, Outcome[] memory outcomes)
    {
        before = _balances(watched);
        outcomes = new Outcome[](steps.length);
        for (uint256 place = 0; place < steps.length; ++place) {
            Step calldata step = steps[place];
            Outcome memory outcome = outcomes[place];
            (outcome.isSuccess, outcome.gasUsed, outcome.output) = step.from == address(this)
                ? _act(step.to, step.gasLimit, step.data)
                : ArbitrageurProbe(step.from).act(step.to, step.gasLimit, step.data);
            outcome.balances = _balances(watched);
        }
        return (block.number, before, outcomes);
    }

    function act(address to, uint256 gasLimit, bytes calldata data)
        external
        returns (bool isSuccess, uint256 gasUsed, bytes memory output)
    {
        return _act(to, gasLimit, data);
    }

    function _act(address to, uint256 gasLimit, bytes calldata data)
        private
        returns (bool isSuccess, uint256 gasUsed, bytes memory output)
    {
        bytes memory input = data;
        // This access warms the recipient, as a transaction does (EIP-2929).
        uint256 size = to.code.length;
        output = new bytes(OUTPUT_BYTES_MAX);
        assembly ("memory-safe") {
            let gasBefore := gas()
            isSuccess := call(gasLimit, to, 0, add(input, 32), mload(input), 0, 0)
            gasUsed := sub(gasBefore, gas())
            size := returndatasize()
            if gt(size, OUTPUT_BYTES_MAX) { size := OUTPUT_BYTES_MAX }
            returndatacopy(add(output, 32), 0, size)
            mstore(output, size)
        }
    }

    /// Reads in a frame that reverts, so that accesses are cold again and steps cost as much gas as transactions.
    function _balances(Watch[] calldata watched) private view returns (uint256[] memory balances) {
        try this.revertWithBalances(watched) {}
        catch (bytes memory reason) {
            // Skips the selector.
            assembly ("memory-safe") {
                mstore(add(reason, 4), sub(mload(reason), 4))
                reason := add(reason, 4)
            }
            return abi.decode(reason, (uint256[]));
        }
    }

    function revertWithBalances(Watch[] calldata watched) external view {
        uint256[] memory balances = new uint256[](watched.length);
        for (uint256 place = 0; place < watched.length; ++place) {
            balances[place] = _balanceOf(watched[place].token, watched[place].account);
        }
        revert Balances(balances);
    }

    function _balanceOf(address token, address account) private view returns (uint256 held) {
        if (token == address(0)) return account.balance;
        bytes memory input = abi.encodeWithSignature("balanceOf(address)", account);
        assembly ("memory-safe") {
            let isSuccess := staticcall(BALANCE_GAS, token, add(input, 32), mload(input), 0, 32)
            held := mload(0)
            if iszero(and(isSuccess, gt(returndatasize(), 31))) { held := not(0) }
        }
    }
}
