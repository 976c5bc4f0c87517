"""Gives moto a user with keys, and from then on only what is signed by it is answered.

sigv4_accounts.py URL: prints the keys.
"""
import json
import sys
import urllib.request

import boto3

url = sys.argv[1]
open_to_all = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "eu-west-1", "endpoint_url": url}
iam = boto3.client("iam", **open_to_all)
everything = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
iam.create_user(UserName="ada")
iam.put_user_policy(UserName="ada", PolicyName="all", PolicyDocument=everything)
keys = iam.create_access_key(UserName="ada")["AccessKey"]
iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [anybody]}))
iam.put_role_policy(RoleName="auditor", PolicyName="all", PolicyDocument=everything)
boto3.client("s3", **open_to_all).create_bucket(Bucket="papers", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
reset = urllib.request.Request(f"{url}/moto-api/reset-auth", data=b"0", headers={"content-type": "text/plain"})
urllib.request.urlopen(reset)
print(f"SIGV4_MOTO_KEY_ID={keys['AccessKeyId']}")
print(f"SIGV4_MOTO_SECRET={keys['SecretAccessKey']}")
