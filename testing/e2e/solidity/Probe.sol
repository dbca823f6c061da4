// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Stores, logs, fails in every way, calls, creates and burns gas, as the tests request.
contract Probe {
    event Stored(address indexed by, uint256 indexed slot, uint256 value);
    event Received(address indexed from, uint256 value);

    error Refused(uint256 number, address by);

    /// @dev Storage slot 0.
    mapping(uint256 slot => uint256 value) public values;

    receive() external payable {
        emit Received(msg.sender, msg.value);
    }

    function store(uint256 slot, uint256 value) external {
        values[slot] = value;
        emit Stored(msg.sender, slot, value);
    }

    function storeMany(uint256 first, uint256 count, uint256 value) external {
        for (uint256 slot = first; slot < first + count; slot++) {
            values[slot] = value;
            emit Stored(msg.sender, slot, value);
        }
    }

    function failWithReason() external pure {
        revert("the probe refuses");
    }

    function failWithError(uint256 number) external view {
        revert Refused(number, msg.sender);
    }

    function failWithPanic(uint256 divisor) external pure returns (uint256) {
        return 1 / divisor;
    }

    function failWithoutReason() external pure {
        revert();
    }

    /// @notice Reverts if the slot is empty, so a gas estimate fails before a value is stored.
    function storeOver(uint256 slot, uint256 value) external {
        require(values[slot] != 0, "the slot is empty");
        values[slot] = value;
    }

    function forward(address payable to, bytes calldata data) external payable returns (bytes memory) {
        (bool success, bytes memory result) = to.call{value: msg.value}(data);
        require(success, "the inner call failed");
        return result;
    }

    function create() external returns (address) {
        return address(new Child());
    }

    function hashRepeatedly(uint256 rounds) external pure returns (bytes32 result) {
        for (uint256 round = 0; round < rounds; round++) result = keccak256(abi.encode(result));
    }

    function context() external view returns (uint256 number, uint256 timestamp, uint256 chain, uint256 baseFee) {
        return (block.number, block.timestamp, block.chainid, block.basefee);
    }
}

contract Child {
    uint256 public immutable bornAt = block.number;
}
