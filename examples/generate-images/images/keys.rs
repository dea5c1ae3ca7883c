//! Public keys the example images trust. The private halves were thrown away when they were made.

/// `openssl genrsa 2048 | openssl rsa -pubout`
pub const RSA_PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAog2X9atAY0bC1BCXkclO
4se9HL0IqoycdsT+GTVdrv9VEN2I8QlCxeMSCq5NfibWl9Kx7wjR7mlc1vcQZI7r
iORrk60c7IDwvX9/oMyNq1JTlVww5A1SUUe+FcHSamMiVtDuwvlvZzSFRYFr4zVn
gKjNVoeTvb5CJ2xeSELG9C/nU0tpDR0jzJSQA1NgBaC8k9fVsOlmeFXG4kWf5X/C
mPemkQRzjkiKWZoNJnXb8BrkRzx5B4otR8BLt7noz60Mb+JZBs7415nCZOhpB1/g
4kZSSsU6PQ3P1xdiczSYsUDu2qHAHYmTYMdtvdFl9HO4xXLrotmq7BwalOi8sJUY
cQIDAQAB
-----END PUBLIC KEY-----
";

/// `gpg --quick-generate-key 'Freehold example archive key <archive@example.org>' ed25519 sign`,
/// then `gpg --export`: fingerprint CE44 76AA 3F1F 1F22 83C0 F3E9 328C EB27 1A24 76C7.
const OPENPGP_HEX: [&str; 6] = [
    "9833046592008016092b06010401da470f0101074067451beee2b5226a5d4fb7760e54dbae4043702720ddc9",
    "3cbf3f17e08a2145e1b43246726565686f6c64206578616d706c652061726368697665206b6579203c617263",
    "68697665406578616d706c652e6f72673e8890041316080038162104ce4476aa3f1f1f2283c0f3e9328ceb27",
    "1a2476c7050265920080021b03050b0908070206150a09080b020416020301021e01021780000a0910328ceb",
    "271a2476c76e590100c6c8f575bad74d5c483c7307f716e6ae095b085832f83724013ef6e9c34b642d0100d2",
    "16932894c77f1f9f06fd74dfcbe645cc80eccad6b09a9ad2a32b6025613201",
];

/// The OpenPGP certificate, binary.
pub fn openpgp() -> Vec<u8> {
    let digits = OPENPGP_HEX.concat();
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("hex digits"))
        .collect()
}
