"""The procedure that blogs describe: read all rows, then decrypt, encrypt and update one after the other.

Arguments: table, ARN of the key to encrypt under. Database and AWS come from the environment. Prints the seconds it took,
without imports and connecting.
"""
import base64
import os
import sys
import time

import boto3
import psycopg2

table, target_key = sys.argv[1:]
context = {"purpose": "ssn"}
kms = boto3.client("kms", region_name=os.environ["AWS_REGION"], endpoint_url=os.environ["AWS_ENDPOINT_URL_KMS"])
connection = psycopg2.connect("")
cursor = connection.cursor()

begun = time.monotonic()
cursor.execute(f"SELECT id, secret FROM {table}")
for row_id, secret in cursor.fetchall():
    plaintext = kms.decrypt(CiphertextBlob=base64.b64decode(secret), EncryptionContext=context)["Plaintext"]
    moved = kms.encrypt(KeyId=target_key, Plaintext=plaintext, EncryptionContext=context)["CiphertextBlob"]
    cursor.execute(f"UPDATE {table} SET secret = %s WHERE id = %s", (base64.b64encode(moved).decode(), row_id))
    connection.commit()
print(time.monotonic() - begun)
