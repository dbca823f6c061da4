// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice OpenZeppelin's ERC-20. Anyone may mint.
contract PlainToken is ERC20("Plain", "PLAIN") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice `PlainToken` with configurable decimals.
contract DecimalsToken is ERC20("Decimals", "DEC") {
    uint8 private immutable places;

    constructor(uint8 places_) {
        places = places_;
    }

    function decimals() public view override returns (uint8) {
        return places;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice While the fee is on, transfers burn 1 % of the amount.
contract FeeToken is ERC20("Fee", "FEE") {
    bool public isOn;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setOn(bool on) external {
        isOn = on;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (isOn && from != address(0) && to != address(0)) _burn(to, amount / 100);
    }
}

/// @notice Refuses transfers from and to blocked accounts, and all transfers while paused.
contract BlockingToken is ERC20("Blocking", "BLOCK") {
    mapping(address account => bool) public isBlocked;
    bool public isPaused;

    error Blocked(address account);
    error Paused();

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    function setPaused(bool paused) external {
        isPaused = paused;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (isPaused) revert Paused();
        if (isBlocked[from]) revert Blocked(from);
        if (isBlocked[to]) revert Blocked(to);
        super._update(from, to, amount);
    }
}

/// @notice Anyone can buy from pools, but while the trap is on, only the deployer can sell to them.
contract HoneypotToken is ERC20("Honey", "HONEY") {
    address private immutable deployer = msg.sender;
    mapping(address account => bool) public isPool;
    bool public isOn;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setPool(address account) external {
        isPool[account] = true;
    }

    function setOn(bool on) external {
        isOn = on;
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(!isOn || !isPool[to] || from == deployer, "TRANSFER_FAILED");
        super._update(from, to, amount);
    }
}

/// @notice Balances are shares times a factor that anyone may change. Each transfer can change the factor too.
contract RebasingToken {
    uint256 private constant ONE = 1e18;
    mapping(address account => uint256) private shares;
    uint256 public factor = ONE;
    uint256 public factorOnTransfer = ONE;

    event Transfer(address indexed from, address indexed to, uint256 amount);

    function mint(address to, uint256 amount) external {
        shares[to] += (amount * ONE) / factor;
    }

    function rebase(uint256 newFactor) external {
        factor = newFactor;
    }

    function setFactorOnTransfer(uint256 changed) external {
        factorOnTransfer = changed;
    }

    function balanceOf(address account) public view returns (uint256) {
        return (shares[account] * factor) / ONE;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        uint256 moved = (amount * ONE) / factor;
        shares[from] -= moved;
        shares[to] += moved;
        factor = (factor * factorOnTransfer) / ONE;
        emit Transfer(from, to, amount);
    }
}

/// @notice While armed, each transfer makes a configured call and logs its result.
contract ReentrantToken is ERC20("Reentrant", "RE") {
    address public target;
    bytes public data;

    event Attacked(bool isSuccess, bytes output);

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function arm(address target_, bytes calldata data_) external {
        target = target_;
        data = data_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (target == address(0)) return;
        (bool isSuccess, bytes memory output) = target.call(data);
        emit Attacked(isSuccess, output);
    }
}

/// @notice While enabled, transfers burn all remaining gas.
contract GasBurningToken is ERC20("Burning", "BURN") {
    bool public isOn;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setOn(bool on) external {
        isOn = on;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (isOn) while (gasleft() > 0) {}
    }
}

/// @notice Transfers return nothing (like Tether's), false without effect, or a megabyte.
contract OddAnswerToken {
    enum Answer {
        Nothing,
        False,
        Bomb
    }

    mapping(address account => uint256) public balanceOf;
    Answer public answer;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function setAnswer(Answer answer_) external {
        answer = answer_;
    }

    function transfer(address to, uint256 amount) external {
        if (answer != Answer.False) {
            balanceOf[msg.sender] -= amount;
            balanceOf[to] += amount;
        }
        Answer kind = answer;
        assembly {
            if eq(kind, 1) { return(0x80, 32) }
            if eq(kind, 2) {
                mstore(0, 1)
                return(0, 1000000)
            }
        }
    }
}
